#include "support/messages.hpp"
#include "support/modifiers.hpp"
#include <unroll/models/sequences/run.hpp>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

TEST_CASE("an IRNN starts as the identity with relu, and its input weight small", "[irnn]") {
  const auto cell = irnn<double>({.inputs = 50, .hidden = 40, .scale = 0.5}, Random(1));
  const auto& w = cell.weights;
  for (std::size_t i = 0; i < 1600; ++i) CHECK(w.hidden_weight.value()[i] == (i % 41 == 0 ? 0.5 : 0.0));
  for (const auto* const bias : {&w.input_bias, &w.hidden_bias})
    for (const double number : bias->value()) CHECK(number == 0);
  double square = 0;
  for (const double number : w.input_weight.value()) square += number * number;
  CHECK(std::sqrt(square / 2000) == Approx(0.001).epsilon(0.1));
}

TEST_CASE("an IRNN holds what is in its state, and so does the gradient", "[irnn]") {
  const auto cell = irnn<double>({.inputs = 2, .hidden = 3}, Random(1));
  Tape<double> tape;
  const auto h = tape.input(Tensor<double>({1, 3}, {1, 2, 0.5}));
  const auto last = unroll::run(cell, tape.zeros({200, 1, 2}), {.state = {{h}}}).state.hidden;
  for (std::size_t i = 0; i < 3; ++i) CHECK(last.value()[i] == h.value()[i]);
  tape.backward({{last, Tensor<double>({1, 3}, {1, 2, 3})}});
  for (std::size_t i = 0; i < 3; ++i) CHECK(h.gradient()[i] == static_cast<double>(i + 1));
}

TEST_CASE("an IRNN's gradients agree with central differences, and sizes of 0 are refused", "[irnn][gradient]") {
  const auto report = check_cell(irnn<double>({.inputs = 3, .hidden = 4, .input_deviation = 0.5}, Random(1)), 3);
  INFO(report);
  CHECK(report.passed());
  CHECK_THAT(message_of<ArgumentError>([] { irnn({.inputs = 0, .hidden = 4}, Random(1)); }),
             Contains("RnnCell: inputs = 0 given"));
}
