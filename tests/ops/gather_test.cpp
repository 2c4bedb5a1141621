#include "support/messages.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEST_CASE("each row gives the numbers at its own indices", "[gather]") {
  Tape tape;
  const auto x = tape.constant(counting({2, 2, 3}));
  CHECK(numbers_of(gather(x, Tensor<int>({2, 2, 2}, {2, 0, 1, 1, 0, 2, 2, 2})))
        == std::vector<float>{2, 0, 4, 4, 6, 8, 11, 11});
  CHECK(numbers_of(gather(tape.constant(counting({3})), Tensor<int>({4}, {2, 1, 0, 2})))
        == std::vector<float>{2, 1, 0, 2});
  CHECK(gather(x, Tensor<int>({2, 2, 0})).shape() == Shape{2, 2, 0});
}

TEST_CASE("the gradient of a number is the sum over the indices where gather took it", "[gather][gradient]") {
  const Tensor<int> indices({2, 3}, {1, 1, 0, 3, 0, 3});
  expect_gradients([&](auto&, auto in) { return gather(in[0], indices) * gather(in[0] * in[0], indices); },
                   {normal<double>(Random(1), {2, 4})});
}

TEST_CASE("a index outside of the row, and indices of other rows, are named", "[gather][error]") {
  Tape tape;
  const auto x = tape.zeros({2, 3});
  for (const int index : {3, -1})
    CHECK_THAT(
        message_of<ArgumentError>([&] {
          gather(x, Tensor<int>({2, 1}, {0, index}));
        }),
        Contains("gather: index " + std::to_string(index) + " at position [1, 0] of [2, 1] is outside [0, V=3)"));
  for (const Shape& shape : {Shape{3, 1}, Shape{2}, Shape{2, 1, 1}, Shape{}})
    CHECK_THAT(message_of<ShapeError>([&] { gather(x, Tensor<int>(shape)); }),
               Contains("gather: indices of shape " + to_string(shape) + " given for x of shape [2, 3]"));
  CHECK_THROWS_AS(gather(tape.zeros(Shape{}), Tensor<int>(Shape{})), ShapeError);
}
