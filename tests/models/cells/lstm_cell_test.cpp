#include "support/catch.hpp"
#include "support/models.hpp"
#include <unroll/models/cells/lstm_cell.hpp>

#include <cmath>

using namespace unroll;
using namespace unroll_test;

TEST_CASE("an LSTM step equals its equations, gate by gate", "[lstm]") {
  const std::size_t inputs = 3, hidden = 5, batch = 2;
  const LstmCell<double> cell({.inputs = inputs, .hidden = hidden}, Random(1));
  const auto x = normal<double>(Random(2), {batch, inputs});
  const auto h = normal<double>(Random(3), {batch, hidden}), c = normal<double>(Random(4), {batch, hidden});
  Tape<double> tape;
  const auto next = cell.step(cell.project(tape.constant(x)), {.hidden = tape.constant(h), .cell = tape.constant(c)});

  const auto sigma = [](double a) { return 1 / (1 + std::exp(-a)); };
  const auto& w = cell.weights;
  for (std::size_t n = 0; n < batch; ++n)
    for (std::size_t j = 0; j < hidden; ++j) {
      const auto gate = [&](std::size_t block) {
        const std::size_t row = block * hidden + j;
        return row_product(w.input_weight.value(), row, x.data() + n * inputs) + w.input_bias.value()[row]
               + row_product(w.hidden_weight.value(), row, h.data() + n * hidden) + w.hidden_bias.value()[row];
      };
      const double expected_cell = sigma(gate(1)) * c.at({n, j}) + sigma(gate(0)) * std::tanh(gate(2));
      CHECK(next.cell.value().at({n, j}) == Approx(expected_cell).epsilon(1e-13));
      CHECK(next.hidden.value().at({n, j}) == Approx(sigma(gate(3)) * std::tanh(expected_cell)).epsilon(1e-13));
    }
}

TEST_CASE("LSTM: every gradient agrees with central differences, over layers and steps", "[lstm][gradient]") {
  const std::size_t layers = GENERATE(1u, 2u, 3u), steps = GENERATE(1u, 2u, 5u, 9u);
  const auto report = check_stack(Layers<LstmCell<double>>(layers, {.inputs = 3, .hidden = 4}, Random(5)), steps, 2, 3);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("the forget bias is added to the forget gate alone", "[lstm]") {
  const LstmCell<> plain({.inputs = 2, .hidden = 3}, Random(1)),
      biased({.inputs = 2, .hidden = 3, .forget_bias = 1}, Random(1));
  for (std::size_t i = 0; i < 12; ++i)
    CHECK(biased.weights.input_bias.value()[i]
          == plain.weights.input_bias.value()[i] + (i >= 3 && i < 6 ? 1.0f : 0.0f));
}
