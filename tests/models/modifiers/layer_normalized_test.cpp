#include "support/messages.hpp"
#include "support/modifiers.hpp"

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/sequences/run.hpp>

TEST_CASE("a normalized LSTM's step equals its equations", "[layer-normalized]") {
  const std::size_t batch = 3, hidden = 5;
  LayerNormalized<LstmCell<double>> cell({.inputs = 3, .hidden = hidden}, Random(1));
  for (auto* const norm : {&cell.projected_norm, &cell.recurrent_norm}) {
    norm->weight = Parameter(normal<double>(Random(2), norm->weight.shape(), 1, 0.3));
    norm->bias = Parameter(normal<double>(Random(3), norm->bias.shape(), 0, 0.3));
  }
  CHECK(cell.projected_norm.weight.shape() == Shape{4 * hidden});
  CHECK(cell.recurrent_norm.weight.shape() == Shape{hidden});
  const auto found = run_cell(cell, 1, 3);
  const auto x = normal<double>(Random(100), {1, batch, 3});
  const auto state = random_state(cell, batch);
  const auto& w = cell.inner.weights;
  for (std::size_t n = 0; n < batch; ++n) {
    const double* const h = state[0].data() + n * hidden;
    const auto from_input =
        normalized(affine(w.input_weight.value(), x.data() + n * 3, &w.input_bias.value()), cell.projected_norm);
    const auto seen = normalized(std::vector(h, h + hidden), cell.recurrent_norm);
    const auto from_hidden = affine(w.hidden_weight.value(), seen.data(), &w.hidden_bias.value());
    for (std::size_t j = 0; j < hidden; ++j) {
      const auto gate = [&](std::size_t k) { return from_input[k * hidden + j] + from_hidden[k * hidden + j]; };
      const double c = logistic(gate(1)) * state[1].at({n, j}) + logistic(gate(0)) * std::tanh(gate(2));
      CHECK(found[2][n * hidden + j] == Approx(c).epsilon(1e-12));
      CHECK(found[1][n * hidden + j] == Approx(logistic(gate(3)) * std::tanh(c)).epsilon(1e-12));
    }
  }
}

TEST_CASE("normalized, a cell does not see the scale of its inputs", "[layer-normalized]") {
  LayerNormalized<RnnCell<double>> cell({.inputs = 3, .hidden = 6}, Random(1));
  cell.inner.weights.input_bias = Parameter(Tensor<double>({6}));
  Tape<double> tape;
  const auto x = tape.constant(normal<double>(Random(2), {4, 2, 3}, 0, 10));
  const auto small = unroll::run(cell, x).outputs, large = unroll::run(cell, x * 1000.0).outputs;
  for (std::size_t i = 0; i < 48; ++i) CHECK(small.value()[i] == Approx(large.value()[i]).margin(1e-5));
}

TEST_CASE("what a GRU carries over is not normalized", "[layer-normalized]") {
  const LayerNormalized<GruCell<double>> cell({.inputs = 2, .hidden = 8, .update_bias = 0}, Random(1));
  LayerNormalized<GruCell<double>> holding = cell;
  for (std::size_t i = 8; i < 16; ++i) holding.projected_norm.bias.mutable_value()[i] = 60;
  const auto state = random_state(cell, 3)[0];
  const auto found = run_cell(holding, 3, 2);
  for (std::size_t i = 0; i < state.size(); ++i) CHECK(found[1][i] == Approx(state[i]));
}

TEST_CASE("around a cell that normalizes by itself, each norm has a name", "[layer-normalized]") {
  LayerNormalized<LayerNormLstmCell<double>> cell({.inputs = 3, .hidden = 4}, Random(1));
  auto names = names_of(cell);
  CHECK(names.size() == 12);
  std::sort(names.begin(), names.end());
  CHECK(std::unique(names.begin(), names.end()) == names.end());
}
