#include "support/catch.hpp"
#include <unroll/ops/kernels/add_rows.hpp>

#include <array>
#include <vector>

using namespace unroll;

TEST_CASE("a gradient is written when it is the first to arrive, and added otherwise", "[add_rows]") {
  const std::array<double, 2> from{1, 2};
  std::array<double, 3> unwritten{7, 7, 7}, more{7, 7, 7};
  GradientSink<double>{unwritten.data(), true}.add(from.data(), 2);
  GradientSink<double>{more.data(), false}.add(from.data(), 2);
  CHECK(unwritten == std::array<double, 3>{1, 2, 7});
  CHECK(more == std::array<double, 3>{8, 9, 7});
}

TEST_CASE("pieces are added at every stride, and nothing between them", "[add_rows]") {
  const std::size_t rows = GENERATE(0u, 1u, 3u), length = GENERATE(0u, 1u, 2u), from_stride = 5, to_stride = 4;
  std::vector<float> from(15), to(12, 100);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i);
  const bool unwritten = GENERATE(true, false);
  detail::add_rows(rows, length, from.data(), from_stride, {to.data(), unwritten}, to_stride);
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t i = 0; i < to_stride; ++i) {
      const float given = static_cast<float>(row * from_stride + i);
      CHECK(to[row * to_stride + i] == (row < rows && i < length ? (unwritten ? given : 100 + given) : 100));
    }
}
