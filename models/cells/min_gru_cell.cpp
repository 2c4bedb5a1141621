#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/models/cells/min_gru_cell.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/shaping.hpp>

namespace unroll::inline v0 {

template <class Scalar>
MinGruCell<Scalar>::MinGruCell(const MinGruOptions& options, const Random& random)
    : weights("MinGruCell", {2, options.inputs, options.hidden}, random), candidate(options.candidate) {
  expect_in("MinGruCell", "update_bias", options.update_bias, finite_numbers<Scalar>());
  weights.add_to_bias(2, 0, options.update_bias);
}

template <class Scalar>
auto MinGruCell<Scalar>::step(Variable<Scalar> projected, const State& previous) const -> State {
  const auto [update_gate, product] = split<2>(projected);  // each [N, H]
  return {map(
      "min gru gates",
      [kind = candidate](auto z, auto a, auto h) {
        const auto update = sigmoid(z);
        return (1 - update) * h + update * detail::min_candidate(a, kind);
      },
      update_gate, product, previous.hidden)};
}

template struct MinGruCell<float>;
template struct MinGruCell<double>;
template struct MinGruCell<DualNumber>;

}  // namespace unroll::inline v0
