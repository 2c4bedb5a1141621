#include "support/catch.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/ops/arithmetic.hpp>

#include <cmath>

using namespace unroll;

TEST_CASE("Linear starts evenly within 1/√D and applies its weight and bias", "[linear]") {
  Linear<double> layer({.inputs = 4, .outputs = 50}, Random(1));
  double largest = 0;
  for (const double number : layer.weight.value()) largest = std::max(largest, std::abs(number));
  CHECK(largest <= 0.5);
  CHECK(largest > 0.45);
  const auto report = check_gradients(layer, [](auto& tape, const auto& module) {
    return module(tape.constant(normal<double>(Random(2), {3, 4})));
  });
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("an output layer applies any F to W h + b", "[linear]") {
  OutputLayer<double, activation::Softmax> output({.inputs = 3, .outputs = 4}, Random(1));
  Tape<double> tape;
  const auto y = output(tape.constant(normal<double>(Random(2), {2, 5, 3})));
  REQUIRE(y.shape() == Shape{2, 5, 4});
  for (std::size_t row = 0; row < 10; ++row) {
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) sum += y.value()[row * 4 + i];
    CHECK(sum == Approx(1));
  }
  const auto report = check_gradients(output, [](auto& on, const auto& module) {
    return module(on.constant(normal<double>(Random(2), {2, 3})));
  });
  INFO(report);
  CHECK(report.passed());
  const OutputLayer scaled({.inputs = 3, .outputs = 4}, Random(1), [](auto x) { return x * 0; });
  Tape single;
  for (const float number : scaled(single.constant(normal(Random(2), {2, 3}))).value()) CHECK(number == 0);
}
