#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/models/cells/layer_norm_lstm_cell.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/shaping.hpp>

#include <utility>

namespace unroll::inline v0 {

template <class Scalar>
LayerNormLstmCell<Scalar>::LayerNormLstmCell(const LstmOptions& options, const Random& random) {
  expect_in("LayerNormLstmCell", "forget_bias", options.forget_bias, finite_numbers<Scalar>());
  RecurrentWeights<Scalar> drawn("LayerNormLstmCell", {4, options.inputs, options.hidden, options.recurrent}, random);
  input_weight = std::move(drawn.input_weight);
  hidden_weight = std::move(drawn.hidden_weight);
  input_norm = hidden_norm = LayerNorm<Scalar>(4 * options.hidden);
  cell_norm = LayerNorm<Scalar>(options.hidden);
  for (std::size_t i = options.hidden; i < 2 * options.hidden; ++i)
    input_norm.bias.mutable_value()[i] = static_cast<Scalar>(options.forget_bias);
}

template <class Scalar>
auto LayerNormLstmCell<Scalar>::step(Variable<Scalar> projected, const State& previous) const -> State {
  const auto gates = projected + hidden_norm(linear(previous.hidden, hidden_weight));
  const auto [input_gate, forget_gate, candidate, output_gate] = split<4>(gates);  // each [N, H]
  const auto cell = map(
      "layer norm lstm cell", [](auto i, auto f, auto g, auto c) { return sigmoid(f) * c + sigmoid(i) * tanh(g); },
      input_gate, forget_gate, candidate, previous.cell);
  const auto hidden = map(
      "layer norm lstm hidden", [](auto o, auto c) { return sigmoid(o) * tanh(c); }, output_gate, cell_norm(cell));
  return {.hidden = hidden, .cell = cell};
}

template struct LayerNormLstmCell<float>;
template struct LayerNormLstmCell<double>;
template struct LayerNormLstmCell<DualNumber>;

}  // namespace unroll::inline v0
