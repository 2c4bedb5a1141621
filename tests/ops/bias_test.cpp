#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/bias.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEMPLATE_TEST_CASE("add_bias adds one number to each column", "[bias]", float, double) {
  for (const std::size_t width : lengths) {
    Tape<TestType> tape;
    const auto x = normal<TestType>(Random(1), {2, 3, width}), bias = normal<TestType>(Random(2), {width});
    const auto y = add_bias(tape.constant(x), bias);
    CHECK(y.shape() == x.shape());
    expect_values(y.value(),
                  [&](std::size_t i) { return static_cast<double>(x[i]) + static_cast<double>(bias[i % width]); });
  }
}

TEST_CASE("add_bias: the tape's gradients agree with central differences", "[bias][gradient]") {
  const auto shape = GENERATE(Shape{4}, Shape{3, 1}, Shape{2, 3, 17}, Shape{0, 3}, Shape{2, 0});
  expect_gradients([](auto&, auto in) { return add_bias(in[0], in[1]); },
                   {normal<double>(Random(1), shape), normal<double>(Random(2), {shape.back()})});
}

TEST_CASE("add_bias gives its gradient to a Parameter", "[bias][gradient]") {
  Tape tape;
  const Parameter<> bias(Tensor<>({2}));
  const auto y = add_bias(tape.zeros({3, 2}), bias);
  const Tensor<> cotangent({3, 2}, {1, 2, 3, 4, 5, 6});
  tape.backward({{y, cotangent}});
  const float* const gradient = tape.gradient_of(bias);
  CHECK(std::vector<float>(gradient, gradient + 2) == std::vector<float>{9, 12});
}

TEST_CASE("add_bias names both shapes when the widths differ", "[bias][error]") {
  Tape tape;
  CHECK_THROWS_AS(add_bias(tape.zeros({2, 3}), Tensor<>({2})), ShapeError);
  CHECK_THROWS_WITH(add_bias(tape.zeros({2, 3}), Tensor<>({2})),
                    Contains("add_bias: bias has shape [2]") && Contains("[2, 3]"));
  CHECK_THROWS_AS(add_bias(tape.zeros({2, 3}), Tensor<>({1, 3})), ShapeError);
  CHECK_THROWS_AS(add_bias(tape.zeros({}), Tensor<>({1})), ShapeError);
}
