#include "support/messages.hpp"
#include "support/sizes.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/largest.hpp>

#include <limits>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {
constexpr float infinity = std::numeric_limits<float>::infinity();
const float not_a_number = std::numeric_limits<float>::quiet_NaN();
}  // namespace

TEST_CASE("argmax is the index of the largest number of a row, the first of equal ones", "[largest]") {
  const Tensor<> x({2, 2, 3}, {1, 3, 2, 5, 5, 4, -1, -2, -1, -infinity, -infinity, infinity});
  CHECK(argmax(x) == Tensor<int>({2, 2}, {1, 0, 0, 2}));
  CHECK(argmax(Tensor<double>({2}, {1, 2})) == Tensor<int>({}, {1}));
  CHECK(argmax(Tensor<>({0, 3})).shape() == Shape{0});
}

TEST_CASE("top_k are the indices of the largest numbers, the largest first and equal ones in order", "[largest]") {
  const Tensor<> x({2, 4}, {1, 3, 2, 3, 0, 0, 0, 0});
  CHECK(top_k(x, 3) == Tensor<int>({2, 3}, {1, 3, 2, 0, 1, 2}));
  CHECK(top_k(x, 4) == Tensor<int>({2, 4}, {1, 3, 2, 0, 0, 1, 2, 3}));
  CHECK(top_k(x, 0).shape() == Shape{2, 0});
}

TEST_CASE("the first of top_k is argmax, and together they are in descending order", "[largest]") {
  const auto x = normal<float>(Random(1), {50, 17});
  const auto indices = top_k(x, 17), first = argmax(x);
  for (std::size_t row = 0; row < 50; ++row) {
    CHECK(indices[row * 17] == first[row]);
    for (std::size_t k = 1; k < 17; ++k)
      CHECK(x[row * 17 + static_cast<std::size_t>(indices[row * 17 + k - 1])]
            > x[row * 17 + static_cast<std::size_t>(indices[row * 17 + k])]);
  }
}

TEST_CASE("rows that have no largest number are refused", "[largest][error]") {
  CHECK_THAT(message_of<ShapeError>([] { argmax(Tensor<>({2, 0})); }), Contains("rows of [2, 0] have no numbers"));
  CHECK_THAT(message_of<ShapeError>([] { argmax(Tensor<>(Shape{})); }), Contains("[] has no axis"));
  CHECK_THAT(message_of<ArgumentError>([] { top_k(Tensor<>({2, 3}), 4); }), Contains("4 numbers asked of the V=3"));
  const Tensor<> x({1, 2}, {1, not_a_number});
  CHECK_THAT(message_of<NumericalError>([&] { argmax(x); }), Contains("argmax: nan at [0, 1] of [1, 2]"));
  CHECK_THROWS_AS(top_k(x, 1), NumericalError);
}

TEST_CASE("sizes that were computed wrong do not confuse argmax and top_k", "[largest][sizes]") {
  expect_outcomes({
      {"argmax, rows", "x.xxxx",
       [](std::size_t n) {
         return argmax(Tensor<>({0, n})).size() == 0;
       }},
      {"top_k, count", "..xxxx",
       [](std::size_t n) {
         return top_k(Tensor<>({2, 1}), n).size() == 2 * n;
       }},
      {"top_k, rows", "......",
       [](std::size_t n) {
         return top_k(Tensor<>({n, 0}), 0).shape() == Shape{n, 0};
       }},
  });
}
