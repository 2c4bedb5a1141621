#include "support/messages.hpp"
#include "support/modifiers.hpp"
#include <unroll/models/cells/min_lstm_cell.hpp>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {
const std::size_t inputs = 3, hidden = 5, batch = 3;

/// The next state after h = 3, given the pre-activations of the gates and the product of the candidate.
template <class Scalar>
Scalar next_of(Scalar input, Scalar forget, Scalar product, MinCandidate candidate = MinCandidate::above_zero) {
  MinLstmCell<Scalar> cell({.inputs = 1, .hidden = 1, .candidate = candidate}, Random(1));
  cell.weights.input_weight = Parameter<Scalar>(Tensor<Scalar>({3, 1}, {input, forget, product}));
  cell.weights.input_bias = Parameter<Scalar>(Tensor<Scalar>({3}));
  Tape<Scalar> tape;
  return cell(tape.constant(Tensor<Scalar>({1, 1}, 1)), {tape.constant(Tensor<Scalar>({1, 1}, 3))}).hidden.value()[0];
}
}  // namespace

TEST_CASE("a minimal LSTM step equals its equations, with either candidate", "[min-lstm]") {
  const MinCandidate candidate = GENERATE(MinCandidate::above_zero, MinCandidate::linear);
  const MinLstmCell<double> cell({.inputs = inputs, .hidden = hidden, .candidate = candidate}, Random(1));
  const auto found = run_cell(cell, 4, inputs);
  const auto x = normal<double>(Random(100), {4, batch, inputs});
  const auto state = random_state(cell, batch);
  const auto& w = cell.weights;
  for (std::size_t n = 0; n < batch; ++n) {
    std::vector<double> h(state[0].data() + n * hidden, state[0].data() + (n + 1) * hidden);
    for (std::size_t t = 0; t < 4; ++t) {
      const auto wx = affine(w.input_weight.value(), x.data() + (t * batch + n) * inputs, &w.input_bias.value());
      for (std::size_t j = 0; j < hidden; ++j) {
        const double i = logistic(wx[j]), f = logistic(wx[hidden + j]), a = wx[2 * hidden + j];
        const double g = candidate == MinCandidate::linear ? a : a >= 0 ? a + 0.5 : logistic(a);
        h[j] = f / (f + i) * h[j] + i / (f + i) * g;
        CHECK(found[0][(t * batch + n) * hidden + j] == Approx(h[j]).epsilon(1e-13));
      }
    }
    for (std::size_t j = 0; j < hidden; ++j) CHECK(found[1][n * hidden + j] == Approx(h[j]).epsilon(1e-13));
  }
}

TEST_CASE("steps of a minimal LSTM by hand", "[min-lstm]") {
  // Equal gates: the mean of h = 3 and the candidate, g(0) = 1/2 or 0.
  CHECK(next_of(0.0, 0.0, 0.0) == 1.75);
  CHECK(next_of(0.0, 0.0, 0.0, MinCandidate::linear) == 1.5);
  // i = 1/4 and f = 3/4 are parts of 1 already: 3/4 · 3 + 1/4 · 5.5
  CHECK(next_of(-std::log(3.0), std::log(3.0), 5.0) == Approx(3.625).epsilon(1e-14));
  // i = 3/4 and f = 1/2: 2/5 · 3 + 3/5 · (-10)
  CHECK(next_of(std::log(3.0), 0.0, -10.0, MinCandidate::linear) == Approx(-4.8).epsilon(1e-14));
}

TEST_CASE("gates of a minimal LSTM that are both closed, or both open, share as their logarithms say", "[min-lstm]") {
  for (const float far : {-200.0f, 200.0f}) CHECK(next_of(far, far, 5.0f) == 4.25f);
  // σ(-200) = e^-200 and σ(-200 + log 3) is three times that, though neither is a number in float.
  CHECK(next_of(-200.0f, -200.0f + std::log(3.0f), 5.0f) == Approx(3.625f).epsilon(1e-4));
  CHECK(next_of(-200.0f, 200.0f, 5.0f) == 3);
  CHECK(next_of(200.0f, -200.0f, 5.0f) == 5.5f);
}

TEST_CASE("MinLstmCell: every gradient agrees with central differences", "[min-lstm][gradient]") {
  const MinCandidate candidate = GENERATE(MinCandidate::above_zero, MinCandidate::linear);
  const std::size_t layers = GENERATE(1u, 2u), steps = GENERATE(1u, 5u);
  const MinLstmOptions options{.inputs = 3, .hidden = 4, .candidate = candidate};
  const auto report = check_stack(Layers<MinLstmCell<double>>(layers, options, Random(5)), steps, 2, 3);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("MinLstmCell: what a modifier makes of the hidden state enters no product, and the state stays",
          "[min-lstm]") {
  const MinLstmCell<double> cell({.inputs = 3, .hidden = 4}, Random(1));
  Tape<double> tape;
  const auto x = cell.project(tape.constant(normal<double>(Random(2), {2, 3})));
  const HiddenState<double> state{tape.constant(normal<double>(Random(3), {2, 4}))};
  const auto seen = take_step(cell, x, state, tape.zeros({2, 4}), StepContext());
  CHECK(Tensor<double>(seen.hidden.value()) == Tensor<double>(cell.step(x, state).hidden.value()));
}

TEST_CASE("MinLstmCell: the forget bias is added to the forget gate alone", "[min-lstm]") {
  const MinLstmCell<> plain({.inputs = 2, .hidden = 3}, Random(1)),
      biased({.inputs = 2, .hidden = 3, .forget_bias = 1}, Random(1));
  const auto &before = plain.weights.input_bias.value(), &after = biased.weights.input_bias.value();
  for (std::size_t i = 0; i < 9; ++i) CHECK(after[i] == before[i] + (i >= 3 && i < 6 ? 1.0f : 0.0f));
}

TEST_CASE("MinLstmCell: sizes of 0 are refused by name", "[min-lstm]") {
  CHECK_THAT(message_of<ArgumentError>([] { MinLstmCell<>({.inputs = 0, .hidden = 2}, Random(1)); }),
             Contains("MinLstmCell: inputs = 0 given"));
}
