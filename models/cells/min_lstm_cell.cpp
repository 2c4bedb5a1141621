#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/models/cells/min_lstm_cell.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/shaping.hpp>

namespace unroll::inline v0 {

template <class Scalar>
MinLstmCell<Scalar>::MinLstmCell(const MinLstmOptions& options, const Random& random)
    : weights("MinLstmCell", {3, options.inputs, options.hidden}, random), candidate(options.candidate) {
  expect_in("MinLstmCell", "forget_bias", options.forget_bias, finite_numbers<Scalar>());
  weights.add_to_bias(3, 1, options.forget_bias);
}

template <class Scalar>
auto MinLstmCell<Scalar>::step(Variable<Scalar> projected, const State& previous) const -> State {
  const auto [input_gate, forget_gate, product] = split<3>(projected);  // each [N, H]
  return {map(
      "min lstm gates",
      [kind = candidate](auto i, auto f, auto a, auto h) {
        const auto keep = sigmoid(softplus(-i) - softplus(-f));  // softplus(-a) = -log σ(a)
        return keep * h + (1 - keep) * detail::min_candidate(a, kind);
      },
      input_gate, forget_gate, product, previous.hidden)};
}

template struct MinLstmCell<float>;
template struct MinLstmCell<double>;
template struct MinLstmCell<DualNumber>;

}  // namespace unroll::inline v0
