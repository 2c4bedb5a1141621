#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/shaping.hpp>

namespace unroll::inline v0 {

template <class Scalar>
GruCell<Scalar>::GruCell(const GruOptions& options, const Random& random)
    : weights("GruCell", {3, options.inputs, options.hidden}, random), reset(options.reset) {
  expect_in("GruCell", "update_bias", options.update_bias, finite_numbers<Scalar>());
  weights.add_to_bias(3, 1, options.update_bias);
}

template <class Scalar>
auto GruCell<Scalar>::step_reset_after(Variable<Scalar> projected, const State& previous,
                                       Variable<Scalar> recurrent) const -> State {
  const auto [reset_input, update_input, candidate_input] = split<3>(projected);
  const auto [reset_hidden, update_hidden, candidate_hidden] =
      split<3>(linear(recurrent, weights.hidden_weight, weights.hidden_bias));
  return {map(
      "gru gates",
      [](auto rx, auto zx, auto nx, auto rh, auto zh, auto nh, auto h) {
        const auto r = sigmoid(rx + rh), z = sigmoid(zx + zh), n = tanh(nx + r * nh);
        return (1 - z) * n + z * h;
      },
      reset_input, update_input, candidate_input, reset_hidden, update_hidden, candidate_hidden, previous.hidden)};
}

template <class Scalar>
auto GruCell<Scalar>::step_reset_before(Variable<Scalar> projected, const State& previous,
                                        Variable<Scalar> recurrent) const -> State {
  Tape<Scalar>& tape = projected.tape();
  const std::size_t width = hidden_size();
  const auto weight = tape.use(weights.hidden_weight), bias = tape.use(weights.hidden_bias);
  const auto [reset_input, update_input, candidate_input] = split<3>(projected);
  const auto [reset_hidden, update_hidden] =
      split<2>(linear(recurrent, slice(weight, 0, 0, 2 * width), slice(bias, 0, 0, 2 * width)));

  const auto reset_state = map(
      "gru reset", [](auto rx, auto rh, auto h) { return sigmoid(rx + rh) * h; }, reset_input, reset_hidden, recurrent);
  const auto candidate_hidden =
      linear(reset_state, slice(weight, 0, 2 * width, width), slice(bias, 0, 2 * width, width));
  return {map(
      "gru update",
      [](auto zx, auto zh, auto nx, auto nh, auto h) {
        const auto z = sigmoid(zx + zh);
        return (1 - z) * tanh(nx + nh) + z * h;
      },
      update_input, update_hidden, candidate_input, candidate_hidden, previous.hidden)};
}

template struct GruCell<float>;
template struct GruCell<double>;
template struct GruCell<DualNumber>;

}  // namespace unroll::inline v0
