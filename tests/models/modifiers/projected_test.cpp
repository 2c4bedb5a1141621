#include "support/messages.hpp"
#include "support/modifiers.hpp"

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/files/state_dict.hpp>

TEST_CASE("a projected LSTM is PyTorch's with proj_size: its equations, step by step", "[projected]") {
  const std::size_t steps = 4, batch = 3, inputs = 2, hidden = 5, recurrent = 3;
  const Projected<LstmCell<double>> cell({.inputs = inputs, .hidden = hidden, .recurrent = recurrent}, Random(1));
  CHECK(cell.hidden_size() == recurrent);
  CHECK(cell.inner.weights.hidden_weight.shape() == Shape{4 * hidden, recurrent});
  const auto found = run_cell(cell, steps, inputs);
  const auto x = normal<double>(Random(100), {steps, batch, inputs});
  auto state = random_state(cell, batch);
  REQUIRE(state[0].shape() == Shape{batch, recurrent});
  REQUIRE(state[1].shape() == Shape{batch, hidden});
  const auto& w = cell.inner.weights;
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t n = 0; n < batch; ++n) {
      const auto wx = affine(w.input_weight.value(), x.data() + (t * batch + n) * inputs, &w.input_bias.value());
      const auto uh = affine(w.hidden_weight.value(), state[0].data() + n * recurrent, &w.hidden_bias.value());
      std::vector<double> units(hidden);
      for (std::size_t j = 0; j < hidden; ++j) {
        const auto gate = [&](std::size_t k) { return wx[k * hidden + j] + uh[k * hidden + j]; };
        double& c = state[1].at({n, j});
        c = logistic(gate(1)) * c + logistic(gate(0)) * std::tanh(gate(2));
        units[j] = logistic(gate(3)) * std::tanh(c);
      }
      const auto h = affine(cell.projection_weight.value(), units.data());
      for (std::size_t j = 0; j < recurrent; ++j) {
        state[0].at({n, j}) = h[j];
        CHECK(found[0][(t * batch + n) * recurrent + j] == Approx(h[j]).epsilon(1e-12));
      }
    }
  for (std::size_t i = 0; i < batch * hidden; ++i) CHECK(found[2][i] == Approx(state[1][i]).epsilon(1e-12));
}

TEST_CASE("a stack of projected cells has PyTorch's shapes and names", "[projected]") {
  Layers<Projected<LstmCell<double>>> layers(2, {.inputs = 2, .hidden = 5, .recurrent = 3}, Random(1));
  const auto file = to_safetensors(layers, {}, pytorch_name);
  CHECK(file.get<double>("weight_ih_l1").shape() == Shape{20, 3});
  CHECK(file.get<double>("weight_hh_l0").shape() == Shape{20, 3});
  CHECK(file.get<double>("weight_hr_l0").shape() == Shape{3, 5});
  const auto report = check_stack(layers, 3, 2, 2);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("a cell that uses its hidden state beside its weights is not projected", "[projected]") {
  STATIC_REQUIRE(UsesHiddenInProductsAlone<LstmCell<>>);
  STATIC_REQUIRE(UsesHiddenInProductsAlone<RnnCell<>>);
  STATIC_REQUIRE(UsesHiddenInProductsAlone<LayerNormLstmCell<>>);
  STATIC_REQUIRE_FALSE(UsesHiddenInProductsAlone<GruCell<>>);
  STATIC_REQUIRE_FALSE(UsesHiddenInProductsAlone<Zoneout<LstmCell<>>>);
}

TEST_CASE("a projection needs a width", "[projected]") {
  CHECK_THAT(message_of<ArgumentError>([] { Projected<LstmCell<>>({.inputs = 2, .hidden = 3}, Random(1)); }),
             Contains("Projected: recurrent = 0 given, expected 1 to"));
}
