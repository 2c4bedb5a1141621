#include "support/catch.hpp"
#include "support/models.hpp"
#include <unroll/models/cells/gru_cell.hpp>

#include <cmath>

using namespace unroll;
using namespace unroll_test;

TEST_CASE("a GRU step equals its equations, with the reset after or before the product", "[gru]") {
  const GruReset reset = GENERATE(GruReset::after_product, GruReset::before_product);
  const std::size_t inputs = 3, hidden = 5, batch = 2;
  const GruCell<double> cell({.inputs = inputs, .hidden = hidden, .reset = reset}, Random(1));
  const auto x = normal<double>(Random(2), {batch, inputs}), h = normal<double>(Random(3), {batch, hidden});
  Tape<double> tape;
  const auto next = cell.step(cell.project(tape.constant(x)), {tape.constant(h)});

  const auto sigma = [](double a) { return 1 / (1 + std::exp(-a)); };
  const auto& w = cell.weights;
  for (std::size_t n = 0; n < batch; ++n) {
    const auto from_input = [&](std::size_t row) {
      return row_product(w.input_weight.value(), row, x.data() + n * inputs) + w.input_bias.value()[row];
    };
    const auto from_hidden = [&](std::size_t row, const double* state) {
      return row_product(w.hidden_weight.value(), row, state) + w.hidden_bias.value()[row];
    };
    const double* const state = h.data() + n * hidden;
    std::vector<double> r(hidden), reset_state(hidden);
    for (std::size_t j = 0; j < hidden; ++j) {
      r[j] = sigma(from_input(j) + from_hidden(j, state));
      reset_state[j] = r[j] * state[j];
    }
    for (std::size_t j = 0; j < hidden; ++j) {
      const double z = sigma(from_input(hidden + j) + from_hidden(hidden + j, state));
      const double candidate = from_input(2 * hidden + j)
                               + (reset == GruReset::after_product ? r[j] * from_hidden(2 * hidden + j, state)
                                                                   : from_hidden(2 * hidden + j, reset_state.data()));
      CHECK(next.hidden.value().at({n, j}) == Approx((1 - z) * std::tanh(candidate) + z * state[j]).epsilon(1e-13));
    }
  }
}

TEST_CASE("GRU: every gradient agrees with central differences, over layers, steps and resets", "[gru][gradient]") {
  const GruReset reset = GENERATE(GruReset::after_product, GruReset::before_product);
  const std::size_t layers = GENERATE(1u, 2u, 3u), steps = GENERATE(1u, 2u, 5u, 9u);
  const auto report =
      check_stack(Layers<GruCell<double>>(layers, {.inputs = 3, .hidden = 4, .reset = reset}, Random(5)), steps, 2, 3);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("the update bias is added to the update gate alone", "[gru]") {
  const GruCell<> plain({.inputs = 2, .hidden = 3}, Random(1)),
      biased({.inputs = 2, .hidden = 3, .update_bias = 1}, Random(1));
  for (std::size_t i = 0; i < 9; ++i)
    CHECK(biased.weights.input_bias.value()[i]
          == plain.weights.input_bias.value()[i] + (i >= 3 && i < 6 ? 1.0f : 0.0f));
}
