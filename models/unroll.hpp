#pragma once

#include <unroll/framework/denormals.hpp>
#include <unroll/models/state.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/shaping.hpp>

#include <algorithm>
#include <array>

namespace unroll::inline v0 {

/// One step of a recurrent network: `cell.step(input [N, D], state) -> next state`, where State is a plain struct of
/// Variables, the first of them named hidden. A cell may split itself in two: `project(inputs)` sees no state and runs
/// once for all steps, and step is then given a row of what it returns.
template <class Cell>
concept RecurrentCell = Recurrent<Cell> && requires(const Cell& cell, typename Cell::State state) {
  { cell.step(state.hidden, state) } -> std::same_as<typename Cell::State>;
};

/// What a sequence gives: the hidden state of every step, [T, N, H], and the state after the last one.
template <class Scalar, class State>
struct Unrolled {
  Variable<Scalar> outputs;
  State state;
};

namespace detail {
/// Throws ShapeError unless there is a step, and every Variable of the state has the batch of the inputs.
void expect_sequence(const Shape& inputs);
void expect_batch(const Shape& inputs, const Shape& state);

/// What of all steps does not depend on the state, or the inputs of a cell that does not say.
template <RecurrentCell Cell, class Scalar>
Variable<Scalar> project(const Cell& cell, Variable<Scalar> inputs) {
  if constexpr (requires { cell.project(inputs); })
    return cell.project(inputs);
  else
    return inputs;
}

/// All steps, for the way back: each stays on the tape.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> record_steps(const Cell& cell, Variable<Scalar> projected,
                                                    typename Cell::State state) {
  const auto hidden = projected.tape().template scratch<Variable<Scalar>>(projected.shape()[0]);
  for (std::size_t t = 0; t < hidden.size(); ++t) {
    state = cell.step(at_step(projected, t), state);
    hidden[t] = state.hidden;
  }
  return {stack(std::span<const Variable<Scalar>>(hidden)), state};
}

/// All steps when nobody goes back: a step is forgotten when its state has been copied, and its memory serves the next
/// one while it is still in a near cache. Two places for the state, since one step reads what the one before wrote.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_steps(const Cell& cell, Variable<Scalar> projected,
                                                 typename Cell::State state) {
  Tape<Scalar>& tape = projected.tape();
  const std::size_t steps = projected.shape()[0], size = state.hidden.shape().size();
  const auto outputs = tape.record("unroll", state.hidden.shape().inserted(0, steps), {});
  std::array<typename Cell::State, 2> places{state, state};
  for (auto& place : places)
    for_each_variable(place, [&](auto& variable) { variable = tape.record("unroll", variable.shape(), {}); });
  std::size_t variables = 0;
  for_each_variable(state, [&](const auto&) { ++variables; });
  const auto written = tape.template scratch<Variable<Scalar>>(variables);
  const auto mark = tape.mark();
  for (std::size_t t = 0; t < steps; ++t) {
    const auto next = cell.step(at_step(projected, t), state);
    std::copy_n(next.hidden.value().data(), size, outputs.writable() + t * size);
    state = places[t % 2];
    std::size_t count = 0;
    for_each_variable(state, [&](const auto& variable) { written[count++] = variable; });
    count = 0;
    for_each_variable(next, [&](const auto& variable) {
      const auto numbers = variable.value();
      std::copy(numbers.begin(), numbers.end(), written[count++].writable());
    });
    tape.rewind(mark);
  }
  return {outputs, state};
}

/// The steps over what project gave.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> unroll_projected(const Cell& cell, Variable<Scalar> projected,
                                                        const typename Cell::State& state) {
  const FlushDenormals flush;  // a state that fades away must not become slow
  const bool records = projected.tape().records_gradients() || projected.shape()[0] == 1;
  return records ? record_steps(cell, projected, state) : run_steps(cell, projected, state);
}

}  // namespace detail

/// Runs a cell over a sequence [T, N, D], from a state. Backpropagation through time is backward on what this records;
/// a tape that records values only keeps the outputs and the last state of it.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> unroll(const Cell& cell, Variable<Scalar> inputs, typename Cell::State state) {
  detail::expect_sequence(inputs.shape());
  for_each_variable(state, [&](const auto& variable) { detail::expect_batch(inputs.shape(), variable.shape()); });
  return detail::unroll_projected(cell, detail::project(cell, inputs), state);
}

/// From the cell's first state: zeros.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> unroll(const Cell& cell, Variable<Scalar> inputs) {
  detail::expect_sequence(inputs.shape());
  return unroll(cell, inputs, initial_state(cell, inputs.tape(), inputs.shape()[1]));
}

}  // namespace unroll::inline v0
