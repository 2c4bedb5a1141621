#include "support/catch.hpp"
#include <unroll/ops/kernels/lanes.hpp>
#include <unroll/ops/kernels/registers.hpp>

#include <algorithm>
#include <vector>

using namespace unroll;

TEST_CASE("a row is walked in whole registers, and the remainder once at its end", "[registers]") {
  const std::size_t columns = GENERATE(0u, 1u, 3u, 4u, 5u, 8u, 11u);
  std::size_t next = 0, remainders = 0;
  detail::for_each_register<4>(
      columns,
      [&](std::size_t column) {
        CHECK(column == next);
        CHECK(remainders == 0);
        next += 4;
      },
      [&](std::size_t column, std::size_t count) {
        CHECK(column == next);
        CHECK(count == columns % 4);
        next += count;
        ++remainders;
      });
  CHECK(next == columns);
  CHECK(remainders == (columns % 4 == 0 ? 0u : 1u));
}

TEMPLATE_TEST_CASE("a tail is read and written to its end and not beyond, and its last number fills the register",
                   "[registers]", float, double) {
  using Vector = Lanes<TestType>;
  for (std::size_t count = 1; count < Vector::count; ++count) {
    std::vector<TestType> from(count), to(Vector::count, -1), whole(Vector::count);
    for (std::size_t i = 0; i < count; ++i) from[i] = static_cast<TestType>(i + 1);
    const auto tail = detail::load_tail<Vector>(from.data(), count);
    tail.store(whole.data());
    for (std::size_t i = 0; i < Vector::count; ++i) CHECK(whole[i] == from[std::min(i, count - 1)]);
    detail::store_tail(tail, to.data(), count);
    for (std::size_t i = 0; i < Vector::count; ++i) CHECK(to[i] == (i < count ? from[i] : TestType{-1}));
  }
}
