#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/models/cells/coupled_lstm_cell.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/shaping.hpp>

namespace unroll::inline v0 {

template <class Scalar>
CoupledLstmCell<Scalar>::CoupledLstmCell(const LstmOptions& options, const Random& random)
    : weights("CoupledLstmCell", {3, options.inputs, options.hidden, options.recurrent}, random) {
  expect_in("CoupledLstmCell", "forget_bias", options.forget_bias, finite_numbers<Scalar>());
  weights.add_to_bias(3, 0, options.forget_bias);
}

template <class Scalar>
auto CoupledLstmCell<Scalar>::step(Variable<Scalar> projected, const State& previous) const -> State {
  const auto gates = add_linear(projected, previous.hidden, weights.hidden_weight, weights.hidden_bias);
  const auto [forget_gate, candidate, output_gate] = split<3>(gates);  // each [N, H]
  const auto [hidden, cell] = map(
      "coupled lstm gates",
      [](auto f, auto g, auto o, auto c) {
        const auto keep = sigmoid(f);
        const auto next = keep * c + (1 - keep) * tanh(g);
        return std::tuple{sigmoid(o) * tanh(next), next};
      },
      forget_gate, candidate, output_gate, previous.cell);
  return {.hidden = hidden, .cell = cell};
}

template struct CoupledLstmCell<float>;
template struct CoupledLstmCell<double>;
template struct CoupledLstmCell<DualNumber>;

}  // namespace unroll::inline v0
