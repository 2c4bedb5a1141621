#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/shaping.hpp>

namespace unroll::inline v0 {

template <class Scalar>
LstmCell<Scalar>::LstmCell(const LstmOptions& options, const Random& random)
    : weights("LstmCell", {4, options.inputs, options.hidden, options.recurrent}, random) {
  expect_in("LstmCell", "forget_bias", options.forget_bias, finite_numbers<Scalar>());
  weights.add_to_bias(4, 1, options.forget_bias);
}

template <class Scalar>
auto LstmCell<Scalar>::step(Variable<Scalar> projected, const State& previous) const -> State {
  const auto gates = add_linear(projected, previous.hidden, weights.hidden_weight, weights.hidden_bias);
  const auto [input_gate, forget_gate, candidate, output_gate] = split<4>(gates);  // each [N, H]
  const auto [hidden, cell] = map(
      "lstm gates",
      [](auto i, auto f, auto g, auto o, auto c) {
        const auto next = sigmoid(f) * c + sigmoid(i) * tanh(g);
        return std::tuple{sigmoid(o) * tanh(next), next};
      },
      input_gate, forget_gate, candidate, output_gate, previous.cell);
  return {.hidden = hidden, .cell = cell};
}

template struct LstmCell<float>;
template struct LstmCell<double>;
template struct LstmCell<DualNumber>;

}  // namespace unroll::inline v0
