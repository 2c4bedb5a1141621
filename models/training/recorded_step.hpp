#pragma once

#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/inner_cell.hpp>
#include <unroll/models/sequences/layers.hpp>
#include <unroll/models/sequences/run.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <tuple>
#include <utility>

/// One step of any model on a tape, as Rtrl records it for StepJacobian.
namespace unroll::inline v0::detail {

/// Of a stack: that of the highest layer.
template <class State>
auto hidden_of(const State& state) {
  if constexpr (requires { state.hidden; })
    return state.hidden;
  else if constexpr (requires { state.layers.back(); })
    return hidden_of(state.layers.back());
  else
    return hidden_of(std::get<std::tuple_size_v<decltype(state.layers)> - 1>(state.layers));
}
/// Whether they are the same numbers. A NaN is the same as a NaN: an input that is one makes both so.
template <class Scalar>
bool are_same(TensorView<const Scalar> a, TensorView<const Scalar> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](Scalar x, Scalar y) { return x == y || (x != x && y != y); });
}
template <class State>
using ScalarOfState = decltype(scalar_of(hidden_of(std::declval<const State&>())));

/// A tensor of `shape` in the tape's memory, made of rows like the one given.
template <class Scalar>
TensorView<const Scalar> repeated(Tape<Scalar>& tape, TensorView<const Scalar> row, const Shape& shape) {
  const auto numbers = tape.template scratch<Scalar>(shape.size());
  for (std::size_t first = 0; first < shape.size(); first += row.size())
    std::copy_n(row.data(), row.size(), numbers.data() + first);
  return {numbers.data(), shape};
}

/// One step of a model on a tape, with a batch of equal rows.
template <class Scalar>
struct RecordedStep {
  std::span<const Variable<Scalar>> before, after;
  std::size_t hidden;  // which of them is the hidden state
};

/// Throws ArgumentError unless the outputs are the hidden state, of which losses are taken.
template <class Model, class Scalar>
RecordedStep<Scalar> record_step(const Model& model, Tape<Scalar>& tape, TensorView<const Scalar> input,
                                 std::span<const Tensor<Scalar>> state_row, std::size_t rows,
                                 const StepContext& context) {
  auto state = initial_state(model, tape, rows);
  const Tensor<Scalar>* row = state_row.data();
  for_each_variable(state, [&](auto& variable) {
    variable = tape.input(repeated<Scalar>(tape, row->view(), row->shape().with(0, rows)));
    ++row;
  });
  const auto before = variables_of(tape, state);
  const auto inputs = tape.constant(repeated(tape, input, {1, rows, input.shape()[1]}));
  const auto unrolled = run(model, inputs, {.state = state, .noise = context.noise, .first_step = context.step});
  const auto after = variables_of(tape, unrolled.state);
  const Variable<Scalar> shown = hidden_of(unrolled.state);
  if (!are_same(unrolled.outputs.value(), shown.value()))
    throw ArgumentError(
        "Rtrl: the model's outputs are not its hidden state, of which the losses are taken (has it a residual "
        "connection?)");
  std::size_t hidden = 0;
  while (!after[hidden].is(shown)) ++hidden;
  return {before, after, hidden};
}

}  // namespace unroll::inline v0::detail
