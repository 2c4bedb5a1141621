#include "support/rtrl.hpp"
#include <unroll/models.hpp>

// SnAp-1 against backpropagation through a network whose paths through other units have been cut.
using namespace unroll;
using namespace unroll_test;

namespace {

const RtrlOptions snap_1{.approximation = RtrlApproximation::snap_1};

Variable<double> data(Variable<double> x) { return x.tape().constant(x.value()); }

/// Zeros that carry the gradient of U h to the same unit of h alone, for every gate: diag(U) (h - h as data).
Variable<double> own_paths(Variable<double> hidden, const Tensor<double>& weight) {
  const std::size_t width = weight.shape()[1], gates = weight.shape()[0] / width;
  Tensor<double> diagonals({1, weight.shape()[0]});
  for (std::size_t gate = 0; gate < gates; ++gate)
    for (std::size_t unit = 0; unit < width; ++unit)
      diagonals[gate * width + unit] = weight.at({gate * width + unit, unit});
  const auto zeros = hidden - data(hidden);
  std::vector<Variable<double>> copies(gates, zeros);
  return concat(std::span<const Variable<double>>(copies), -1) * diagonals;
}

/// An RnnCell or LstmCell of which each unit hears the others as data; `forget_cell`: and its own cell component.
template <class Cell>
struct DeafUnits {
  using State = typename Cell::State;
  const Cell& cell;
  bool forget_cell = false;
  std::size_t hidden_size() const { return cell.hidden_size(); }
  Variable<double> project(Variable<double> inputs) const { return cell.project(inputs); }
  State step(Variable<double> projected, State state) const {
    const auto input = projected + own_paths(state.hidden, cell.weights.hidden_weight.value());
    state.hidden = data(state.hidden);
    if constexpr (requires { state.cell; })
      if (forget_cell) state.cell = data(state.cell);
    return cell.step(input, state);
  }
  static void members(auto&, auto&&) {}
};

/// The GRU by its formula, of which each unit hears the others as data.
struct DeafGru {
  using State = HiddenState<double>;
  const GruCell<double>& cell;
  std::size_t hidden_size() const { return cell.hidden_size(); }
  State step(Variable<double> x, const State& previous) const {
    const auto& w = cell.weights;
    const auto h = previous.hidden;
    const auto [rx, zx, nx] = split<3>(linear(x, w.input_weight, w.input_bias));
    const auto [rh, zh, nh] =
        split<3>(linear(data(h), w.hidden_weight, w.hidden_bias) + own_paths(h, w.hidden_weight.value()));
    const auto r = sigmoid(rx + rh), z = sigmoid(zx + zh);
    return {(1 - z) * tanh(nx + r * nh) + z * h};
  }
  static void members(auto&, auto&&) {}
};

/// Units that do not hear each other at all (IndRNN, Li et al. 2018), with and without a second Variable.
struct Independent {
  using State = HiddenState<double>;
  Linear<double> input{{.inputs = 3, .outputs = 5}, Random(1)};
  Parameter<double> weight{normal<double>(Random(2), {1, 5})};
  std::size_t hidden_size() const { return 5; }
  State step(Variable<double> x, const State& previous) const {
    return {tanh(input(x) + previous.hidden * broadcast(x.tape().use(weight), previous.hidden.shape()))};
  }
  static void members(auto& self, auto&& visit) { visit("input", self.input), visit("weight", self.weight); }
};

void expect_deaf(auto& cell, const auto& deaf) {
  for (const std::size_t steps : {1u, 2u, 20u}) {
    const auto online = online_gradients(cell, 3, steps, snap_1);
    CHECK(relative_difference(online, offline_gradients(deaf, Parameters<double>(cell), 3, steps)) < 1e-10);
  }
}

}  // namespace

TEST_CASE("SnAp-1 is backpropagation without the paths through other units", "[rtrl]") {
  SECTION("tanh") {
    RnnCell<double> cell({.inputs = 3, .hidden = 5}, Random(1));
    expect_deaf(cell, DeafUnits<RnnCell<double>>{cell});
  }
  SECTION("GRU") {
    GruCell<double> cell({.inputs = 3, .hidden = 5}, Random(1));
    expect_deaf(cell, DeafGru{cell});
  }
}

TEST_CASE("SnAp-1 of an LSTM: the output gate does not act on the cell within one step", "[rtrl]") {
  LstmCell<double> cell({.inputs = 3, .hidden = 5}, Random(1));
  const Parameters<double> parameters(cell);
  for (const std::size_t steps : {1u, 2u, 20u}) {
    const auto online = online_gradients(cell, 3, steps, snap_1);
    auto expected = offline_gradients(DeafUnits<LstmCell<double>>{cell}, parameters, 3, steps);
    const auto of_output_gate = offline_gradients(DeafUnits<LstmCell<double>>{cell, true}, parameters, 3, steps);
    for (std::size_t i = 0; i < expected.size(); ++i)  // its rows are the last of four blocks
      std::copy(of_output_gate[i].begin() + 3 * of_output_gate[i].size() / 4, of_output_gate[i].end(),
                expected[i].begin() + 3 * expected[i].size() / 4);
    CHECK(relative_difference(online, expected) < 1e-10);
  }
}

TEST_CASE("SnAp-1 is exact for units that do not hear each other", "[rtrl]") {
  Independent cell;
  for (const std::size_t steps : {1u, 2u, 20u}) {
    const auto expected = offline_gradients(cell, Parameters<double>(cell), 3, steps);
    CHECK(relative_difference(online_gradients(cell, 3, steps, snap_1), expected) < 1e-10);
    CHECK(relative_difference(online_gradients(cell, 3, steps), expected) < 1e-10);
  }
}

TEST_CASE("SnAp-1 keeps what acts within one step, found also where weights are 0 or a relu is shut", "[rtrl]") {
  const auto kept = [](auto cell) {
    Rtrl learner(cell, snap_1);
    learner.advance(stream_input(3, 0));
    return std::pair{learner.kept_entries(), learner.numbers()};
  };
  const auto relu_of = [](auto x) { return relu(x); };
  RnnCell<double, decltype(relu_of)> rectified({.inputs = 3, .hidden = 40}, Random(1), relu_of);
  for (const auto& [name, parameter] : Parameters<double>(rectified))
    std::fill(parameter->mutable_value().begin(), parameter->mutable_value().end(), 0);
  CHECK(kept(rectified) == std::pair{40 * 45ul, 40 * 45ul});
  CHECK(kept(GruCell<double>({.inputs = 3, .hidden = 5}, Random(1))) == std::pair{150ul, 150ul});
  const LstmCell<double> lstm({.inputs = 3, .hidden = 5}, Random(1));
  CHECK(kept(lstm) == std::pair{350ul, 200ul});  // of the output gate's 50 each acts on one component
  // U (r ∘ h): the 50 numbers of the reset gate act on all five units.
  const GruCell<double> before({.inputs = 3, .hidden = 5, .reset = GruReset::before_product}, Random(1));
  CHECK(kept(before) == std::pair{350ul, 150ul});
}

TEST_CASE("noise is the stream's own at every step, with either approximation", "[rtrl]") {
  Layers<RnnCell<double>> layers(2, {.inputs = 3, .hidden = 4}, Random(1), 0.5);
  RtrlOptions options{.noise = Random(7)};
  const auto expected = offline_gradients(layers, Parameters<double>(layers), 3, 6, Random(7));
  CHECK(relative_difference(online_gradients(layers, 3, 6, options), expected) < 1e-10);
  // One step is exact, if nothing of what a unit drops is taken for another's.
  options.approximation = RtrlApproximation::snap_1;
  const auto one_step = offline_gradients(layers, Parameters<double>(layers), 3, 1, Random(7));
  CHECK(relative_difference(online_gradients(layers, 3, 1, options), one_step) < 1e-10);
}
