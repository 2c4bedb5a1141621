#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/outer.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEST_CASE("outer multiplies each number of a row by each of another", "[outer]") {
  Tape tape;
  const auto a = tape.constant(Tensor<>({2, 2}, {1, 2, 3, 4}));
  const auto y = outer(a, Tensor<>({2, 3}, {1, 10, 100, 2, 20, 200}));
  CHECK(y.shape() == Shape{2, 2, 3});
  CHECK(numbers_of(y) == std::vector<float>{1, 10, 100, 2, 20, 200, 6, 60, 600, 8, 80, 800});
  const auto of_vectors = outer(tape.constant(Tensor<>({2}, {1, 2})), Parameter<>(Tensor<>({3}, {3, 4, 5})).value());
  CHECK(of_vectors.shape() == Shape{2, 3});
  CHECK(numbers_of(of_vectors) == std::vector<float>{3, 4, 5, 6, 8, 10});
}

TEST_CASE("outer: the tape's gradients agree with central differences", "[outer][gradient]") {
  const auto front = GENERATE(Shape{}, Shape{3}, Shape{2, 2}, Shape{0});
  const std::size_t rows = GENERATE(1u, 2u, 17u), columns = GENERATE(1u, 9u);
  expect_gradients([](auto&, auto in) { return outer(in[0], in[1]) * outer(in[0], in[1]); },
                   {normal<double>(Random(1), front.inserted(front.rank(), rows)),
                    normal<double>(Random(2), front.inserted(front.rank(), columns))});
}

TEST_CASE("outer names both shapes when the axes in front differ", "[outer][error]") {
  Tape tape;
  const auto x = tape.zeros({2, 3});
  CHECK_THROWS_WITH(outer(x, Tensor<>({4, 3})), Contains("outer: rows differ: left [2, 3] by right [4, 3]"));
  CHECK_THROWS_WITH(outer(x, Tensor<>({3})), Contains("left [2, 3] by right [3]"));
  CHECK_THROWS_WITH(outer(tape.zeros(Shape{}), Tensor<>(Shape{})), Contains("left [] by right []"));
  CHECK_THROWS_AS(outer(x, Tensor<>({4, 3})), ShapeError);
  CHECK_THROWS_AS(outer(tape.zeros({1, 1, 1, 1, 1, 2}), Tensor<>({1, 1, 1, 1, 1, 2})), ShapeError);  // too many axes
}
