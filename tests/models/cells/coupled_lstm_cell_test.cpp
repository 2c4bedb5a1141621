#include "support/messages.hpp"
#include "support/modifiers.hpp"

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {
const std::size_t inputs = 3, hidden = 5, batch = 3;
}  // namespace

TEST_CASE("a coupled LSTM step equals its equations, gate by gate", "[coupled]") {
  const CoupledLstmCell<double> cell({.inputs = inputs, .hidden = hidden}, Random(1));
  const auto found = run_cell(cell, 1, inputs);
  const auto x = normal<double>(Random(100), {1, batch, inputs});
  const auto state = random_state(cell, batch);
  const auto& w = cell.weights;
  for (std::size_t n = 0; n < batch; ++n) {
    const auto wx = affine(w.input_weight.value(), x.data() + n * inputs, &w.input_bias.value());
    const auto uh = affine(w.hidden_weight.value(), state[0].data() + n * hidden, &w.hidden_bias.value());
    for (std::size_t j = 0; j < hidden; ++j) {
      const auto gate = [&](std::size_t k) { return wx[k * hidden + j] + uh[k * hidden + j]; };
      const double f = logistic(gate(0)), c = f * state[1].at({n, j}) + (1 - f) * std::tanh(gate(1));
      CHECK(found[2][n * hidden + j] == Approx(c).epsilon(1e-13));
      CHECK(found[1][n * hidden + j] == Approx(logistic(gate(2)) * std::tanh(c)).epsilon(1e-13));
    }
  }
}

TEST_CASE("CoupledLstmCell: every gradient agrees with central differences", "[coupled][gradient]") {
  const auto report = check_stack(Layers<CoupledLstmCell<double>>(2, {.inputs = 3, .hidden = 4}, Random(5)), 4, 2, 3);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("CoupledLstmCell: the forget bias is added to the forget gate alone", "[coupled]") {
  const CoupledLstmCell<> plain({.inputs = inputs, .hidden = hidden}, Random(1)),
      biased({.inputs = inputs, .hidden = hidden, .forget_bias = 1}, Random(1));
  const auto &before = plain.weights.input_bias.value(), &after = biased.weights.input_bias.value();
  for (std::size_t i = 0; i < after.size(); ++i) CHECK(after[i] == before[i] + (i < 5 ? 1.0f : 0.0f));
}

TEST_CASE("CoupledLstmCell: sizes of 0 are refused by name", "[coupled]") {
  CHECK_THAT(message_of<ArgumentError>([] { CoupledLstmCell<>({.inputs = 3, .hidden = 0}, Random(1)); }),
             Contains("CoupledLstmCell: hidden = 0 given"));
}
