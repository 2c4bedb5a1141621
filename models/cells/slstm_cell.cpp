#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/models/cells/slstm_cell.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/shaping.hpp>

namespace unroll::inline v0 {

template <class Scalar>
SLstmCell<Scalar>::SLstmCell(const SLstmOptions& options, const Random& random)
    : weights("SLstmCell", {4, options.inputs, options.hidden, options.recurrent}, random), forget(options.forget) {
  expect_in("SLstmCell", "forget_bias", options.forget_bias, finite_numbers<Scalar>());
  weights.add_to_bias(4, 1, options.forget_bias);
}

template <class Scalar>
auto SLstmCell<Scalar>::step(Variable<Scalar> projected, const State& previous) const -> State {
  const auto gates = add_linear(projected, previous.hidden, weights.hidden_weight, weights.hidden_bias);
  const auto [input_gate, forget_gate, candidate, output_gate] = split<4>(gates);  // each [N, H]
  const auto [hidden, cell, normalizer, stabilizer] = map(
      "slstm gates",
      [gate = forget](auto a, auto b, auto g, auto o, auto c, auto n, auto m) {
        using Number = decltype(a);
        const auto old = detail::log_forget(b, gate) + m;
        const auto next_m = where(n > 0, maximum(old, a), a);
        const auto keep = where(n > 0, exp(old - next_m), Number(0)), take = exp(a - next_m);
        const auto next_c = keep * c + take * tanh(g), next_n = keep * n + take;
        return std::tuple{sigmoid(o) * next_c / next_n, next_c, next_n, next_m};
      },
      input_gate, forget_gate, candidate, output_gate, previous.cell, previous.normalizer, previous.stabilizer);
  return {.hidden = hidden, .cell = cell, .normalizer = normalizer, .stabilizer = stabilizer};
}

template struct SLstmCell<float>;
template struct SLstmCell<double>;
template struct SLstmCell<DualNumber>;

}  // namespace unroll::inline v0
