#include "support/messages.hpp"
#include "support/modifiers.hpp"

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {
const std::size_t inputs = 3, hidden = 5, batch = 3;
}  // namespace

TEST_CASE("a layer-normalized LSTM step is that of Ba et al., equations 20 to 22", "[layer-norm-lstm]") {
  LayerNormLstmCell<double> cell({.inputs = inputs, .hidden = hidden}, Random(1));
  for (auto* const norm : {&cell.input_norm, &cell.hidden_norm, &cell.cell_norm}) {
    norm->weight = Parameter(normal<double>(Random(2), norm->weight.shape(), 1, 0.3));
    norm->bias = Parameter(normal<double>(Random(3), norm->bias.shape(), 0, 0.3));
  }
  const auto found = run_cell(cell, 1, inputs);
  const auto x = normal<double>(Random(100), {1, batch, inputs});
  const auto state = random_state(cell, batch);
  for (std::size_t n = 0; n < batch; ++n) {
    const auto wx = normalized(affine(cell.input_weight.value(), x.data() + n * inputs), cell.input_norm);
    const auto uh = normalized(affine(cell.hidden_weight.value(), state[0].data() + n * hidden), cell.hidden_norm);
    const auto gate = [&](std::size_t k, std::size_t j) { return wx[k * hidden + j] + uh[k * hidden + j]; };
    std::vector<double> c(hidden);
    for (std::size_t j = 0; j < hidden; ++j)
      c[j] = logistic(gate(1, j)) * state[1].at({n, j}) + logistic(gate(0, j)) * std::tanh(gate(2, j));
    const auto shown = normalized(c, cell.cell_norm);
    for (std::size_t j = 0; j < hidden; ++j) {
      CHECK(found[2][n * hidden + j] == Approx(c[j]).epsilon(1e-12));
      CHECK(found[1][n * hidden + j] == Approx(logistic(gate(3, j)) * std::tanh(shown[j])).epsilon(1e-12));
    }
  }
}

TEST_CASE("LayerNormLstmCell: every gradient agrees with central differences", "[layer-norm-lstm][gradient]") {
  const auto report = check_stack(Layers<LayerNormLstmCell<double>>(2, {.inputs = 3, .hidden = 4}, Random(5)), 4, 2, 3);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("LayerNormLstmCell: the forget bias is added to the forget gate alone", "[layer-norm-lstm]") {
  const LayerNormLstmCell<> plain({.inputs = inputs, .hidden = hidden}, Random(1)),
      biased({.inputs = inputs, .hidden = hidden, .forget_bias = 1}, Random(1));
  const auto &before = plain.input_norm.bias.value(), &after = biased.input_norm.bias.value();
  for (std::size_t i = 0; i < after.size(); ++i) CHECK(after[i] == before[i] + (i >= 5 && i < 10 ? 1.0f : 0.0f));
}

TEST_CASE("LayerNormLstmCell: sizes of 0 are refused by name", "[layer-norm-lstm]") {
  CHECK_THAT(message_of<ArgumentError>([] { LayerNormLstmCell<>({.inputs = 3, .hidden = 0}, Random(1)); }),
             Contains("LayerNormLstmCell: hidden = 0 given"));
}
