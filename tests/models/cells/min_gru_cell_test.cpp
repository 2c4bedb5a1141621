#include "support/messages.hpp"
#include "support/modifiers.hpp"
#include <unroll/models/cells/min_gru_cell.hpp>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {
const std::size_t inputs = 3, hidden = 5, batch = 3;

/// W = [1; 2], b = [0; `bias`], and h = 3: z = σ(x), a = 2 x + bias.
template <class Scalar>
MinGruCell<Scalar> tiny(MinCandidate candidate, double bias = 0) {
  MinGruCell<Scalar> cell({.inputs = 1, .hidden = 1, .candidate = candidate}, Random(1));
  cell.weights.input_weight = Parameter<Scalar>(Tensor<Scalar>({2, 1}, {1, 2}));
  cell.weights.input_bias = Parameter<Scalar>(Tensor<Scalar>({2}, {0, static_cast<Scalar>(bias)}));
  return cell;
}
template <class Scalar>
Scalar next_of(const MinGruCell<Scalar>& cell, Scalar x) {
  Tape<Scalar> tape;
  return cell(tape.constant(Tensor<Scalar>({1, 1}, x)), {tape.constant(Tensor<Scalar>({1, 1}, 3))}).hidden.value()[0];
}
}  // namespace

TEST_CASE("a minimal GRU step equals its equations, with either candidate", "[min-gru]") {
  const MinCandidate candidate = GENERATE(MinCandidate::above_zero, MinCandidate::linear);
  const MinGruCell<double> cell({.inputs = inputs, .hidden = hidden, .candidate = candidate}, Random(1));
  const auto found = run_cell(cell, 4, inputs);
  const auto x = normal<double>(Random(100), {4, batch, inputs});
  const auto state = random_state(cell, batch);
  const auto& w = cell.weights;
  for (std::size_t n = 0; n < batch; ++n) {
    std::vector<double> h(state[0].data() + n * hidden, state[0].data() + (n + 1) * hidden);
    for (std::size_t t = 0; t < 4; ++t) {
      const auto wx = affine(w.input_weight.value(), x.data() + (t * batch + n) * inputs, &w.input_bias.value());
      for (std::size_t j = 0; j < hidden; ++j) {
        const double z = logistic(wx[j]), a = wx[hidden + j];
        const double g = candidate == MinCandidate::linear ? a : a >= 0 ? a + 0.5 : logistic(a);
        h[j] = (1 - z) * h[j] + z * g;
        CHECK(found[0][(t * batch + n) * hidden + j] == Approx(h[j]).epsilon(1e-13));
      }
    }
    for (std::size_t j = 0; j < hidden; ++j) CHECK(found[1][n * hidden + j] == Approx(h[j]).epsilon(1e-13));
  }
}

TEST_CASE("steps of a minimal GRU by hand", "[min-gru]") {
  // z = 1/2 at x = 0: the mean of h = 3 and g(0).
  CHECK(next_of(tiny<double>(MinCandidate::linear), 0.0) == 1.5);
  CHECK(next_of(tiny<double>(MinCandidate::above_zero), 0.0) == 1.75);
  CHECK(next_of(tiny<double>(MinCandidate::above_zero, 4), 0.0) == 3.75);
  // g(-log 3) = 1 / (1 + 3)
  CHECK(next_of(tiny<double>(MinCandidate::above_zero, -std::log(3)), 0.0) == Approx(1.625).epsilon(1e-14));
  // z = σ(log 3) = 3/4, a = 2 log 3
  CHECK(next_of(tiny<double>(MinCandidate::linear), std::log(3)) == Approx(0.75 + 1.5 * std::log(3)).epsilon(1e-14));
}

TEST_CASE("gates of a minimal GRU far open or closed pass one side on as it is", "[min-gru]") {
  CHECK(next_of(tiny<float>(MinCandidate::above_zero), -200.0f) == 3);
  CHECK(next_of(tiny<float>(MinCandidate::above_zero), 200.0f) == 400.5f);
}

TEST_CASE("MinGruCell: every gradient agrees with central differences", "[min-gru][gradient]") {
  const MinCandidate candidate = GENERATE(MinCandidate::above_zero, MinCandidate::linear);
  const std::size_t layers = GENERATE(1u, 2u), steps = GENERATE(1u, 5u);
  const MinGruOptions options{.inputs = 3, .hidden = 4, .candidate = candidate};
  const auto report = check_stack(Layers<MinGruCell<double>>(layers, options, Random(5)), steps, 2, 3);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("MinGruCell: what a modifier makes of the hidden state enters no product, and the state stays", "[min-gru]") {
  const MinGruCell<double> cell({.inputs = 3, .hidden = 4}, Random(1));
  Tape<double> tape;
  const auto x = cell.project(tape.constant(normal<double>(Random(2), {2, 3})));
  const HiddenState<double> state{tape.constant(normal<double>(Random(3), {2, 4}))};
  const auto seen = take_step(cell, x, state, tape.zeros({2, 4}), StepContext());
  CHECK(Tensor<double>(seen.hidden.value()) == Tensor<double>(cell.step(x, state).hidden.value()));
}

TEST_CASE("MinGruCell: the update bias is added to the update gate alone", "[min-gru]") {
  const MinGruCell<> plain({.inputs = 2, .hidden = 3}, Random(1)),
      biased({.inputs = 2, .hidden = 3, .update_bias = -1}, Random(1));
  const auto &before = plain.weights.input_bias.value(), &after = biased.weights.input_bias.value();
  for (std::size_t i = 0; i < 6; ++i) CHECK(after[i] == before[i] - (i < 3 ? 1.0f : 0.0f));
}

TEST_CASE("MinGruCell: sizes of 0 are refused by name", "[min-gru]") {
  CHECK_THAT(message_of<ArgumentError>([] { MinGruCell<>({.inputs = 3, .hidden = 0}, Random(1)); }),
             Contains("MinGruCell: hidden = 0 given"));
}
