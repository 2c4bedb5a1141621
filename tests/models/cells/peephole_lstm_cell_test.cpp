#include "support/messages.hpp"
#include "support/modifiers.hpp"

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {
const std::size_t inputs = 3, hidden = 5, batch = 3;
}  // namespace

TEST_CASE("a peephole LSTM step equals its equations: the output gate sees the new cell", "[peephole]") {
  const PeepholeLstmCell<double> cell({.inputs = inputs, .hidden = hidden}, Random(1));
  const auto found = run_cell(cell, 1, inputs);
  const auto x = normal<double>(Random(100), {1, batch, inputs});
  const auto state = random_state(cell, batch);
  const auto& w = cell.weights;
  for (std::size_t n = 0; n < batch; ++n) {
    const auto wx = affine(w.input_weight.value(), x.data() + n * inputs, &w.input_bias.value());
    const auto uh = affine(w.hidden_weight.value(), state[0].data() + n * hidden, &w.hidden_bias.value());
    for (std::size_t j = 0; j < hidden; ++j) {
      const auto gate = [&](std::size_t k) { return wx[k * hidden + j] + uh[k * hidden + j]; };
      const auto peep = [&](std::size_t k) { return cell.peephole.value().at({k, j}); };
      const double old = state[1].at({n, j});
      const double c = logistic(gate(1) + peep(1) * old) * old + logistic(gate(0) + peep(0) * old) * std::tanh(gate(2));
      CHECK(found[2][n * hidden + j] == Approx(c).epsilon(1e-13));
      CHECK(found[1][n * hidden + j] == Approx(logistic(gate(3) + peep(2) * c) * std::tanh(c)).epsilon(1e-13));
    }
  }
}

TEST_CASE("without its peepholes a peephole LSTM is an LSTM of the same weights", "[peephole]") {
  PeepholeLstmCell<double> cell({.inputs = inputs, .hidden = hidden}, Random(1));
  cell.peephole = Parameter(Tensor<double>({3, hidden}));
  const auto found = run_cell(cell, 6, inputs),
             plain = run_cell(LstmCell<double>({.inputs = inputs, .hidden = hidden}, Random(1)), 6, inputs);
  for (std::size_t i = 0; i < found[0].size(); ++i) CHECK(found[0][i] == Approx(plain[0][i]).epsilon(1e-13));
}

TEST_CASE("PeepholeLstmCell: every gradient agrees with central differences", "[peephole][gradient]") {
  const auto report = check_stack(Layers<PeepholeLstmCell<double>>(2, {.inputs = 3, .hidden = 4}, Random(5)), 4, 2, 3);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("PeepholeLstmCell: the forget bias is added to the forget gate alone", "[peephole]") {
  const PeepholeLstmCell<> plain({.inputs = inputs, .hidden = hidden}, Random(1)),
      biased({.inputs = inputs, .hidden = hidden, .forget_bias = 1}, Random(1));
  const auto &before = plain.weights.input_bias.value(), &after = biased.weights.input_bias.value();
  for (std::size_t i = 0; i < after.size(); ++i) CHECK(after[i] == before[i] + (i >= 5 && i < 10 ? 1.0f : 0.0f));
}

TEST_CASE("PeepholeLstmCell: sizes of 0 are refused by name", "[peephole]") {
  CHECK_THAT(message_of<ArgumentError>([] { PeepholeLstmCell<>({.inputs = 3, .hidden = 0}, Random(1)); }),
             Contains("PeepholeLstmCell: hidden = 0 given"));
}
