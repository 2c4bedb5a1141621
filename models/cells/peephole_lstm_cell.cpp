#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/cells/peephole_lstm_cell.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/rows.hpp>
#include <unroll/ops/shaping.hpp>

namespace unroll::inline v0 {

template <class Scalar>
PeepholeLstmCell<Scalar>::PeepholeLstmCell(const LstmOptions& options, const Random& random)
    : weights("PeepholeLstmCell", {4, options.inputs, options.hidden, options.recurrent}, random) {
  peephole = Parameter(uniform_fan_in<Scalar>(random.split(4), {3, options.hidden}));
  expect_in("PeepholeLstmCell", "forget_bias", options.forget_bias, finite_numbers<Scalar>());
  weights.add_to_bias(4, 1, options.forget_bias);
}

template <class Scalar>
auto PeepholeLstmCell<Scalar>::step(Variable<Scalar> projected, const State& previous) const -> State {
  const auto gates = add_linear(projected, previous.hidden, weights.hidden_weight, weights.hidden_bias);
  const auto [input_gate, forget_gate, candidate, output_gate] = split<4>(gates);  // each [N, H]
  const auto peep = [&](std::size_t gate) {
    return repeated_row(projected.tape().use(peephole), gate, projected.shape()[0]);
  };
  const auto [hidden, cell] = map(
      "peephole lstm gates",
      [](auto i, auto f, auto g, auto o, auto c, auto to_i, auto to_f, auto to_o) {
        const auto next = sigmoid(f + to_f * c) * c + sigmoid(i + to_i * c) * tanh(g);
        return std::tuple{sigmoid(o + to_o * next) * tanh(next), next};
      },
      input_gate, forget_gate, candidate, output_gate, previous.cell, peep(0), peep(1), peep(2));
  return {.hidden = hidden, .cell = cell};
}

template struct PeepholeLstmCell<float>;
template struct PeepholeLstmCell<double>;
template struct PeepholeLstmCell<DualNumber>;

}  // namespace unroll::inline v0
