#pragma once

#include <unroll/framework/denormals.hpp>
#include <unroll/framework/scope.hpp>
#include <unroll/models/moment.hpp>
#include <unroll/models/state.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/shaping.hpp>

#include <algorithm>
#include <array>

namespace unroll::inline v0 {

/// One step of a recurrent network: `cell.step(input [N, D], state) -> next state`, where State is a plain struct of
/// Variables, the first of them named hidden. A cell may split itself in two: `project(inputs)` sees no state and runs
/// once for all steps, and step is then given a row of what it returns. One that needs random numbers, or to know the
/// time, takes a Moment: `cell.step(input, state, moment)`.
template <class Cell>
concept RecurrentCell = Recurrent<Cell> && requires(const Cell& cell, typename Cell::State state, Moment moment) {
  requires requires {
    { cell.step(state.hidden, state) } -> std::same_as<typename Cell::State>;
  } || requires {
    { cell.step(state.hidden, state, moment) } -> std::same_as<typename Cell::State>;
  };
};

/// A step of any cell, for those that are made of others: the moment is handed on to a cell that takes one.
template <RecurrentCell Cell, class Scalar>
typename Cell::State take_step(const Cell& cell, Variable<Scalar> input, const typename Cell::State& state,
                               const Moment& moment) {
  input.tape().begin_step(moment.step, input);
  if constexpr (requires { cell.step(input, state, moment); })
    return cell.step(input, state, moment);
  else
    return cell.step(input, state);
}

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
  if constexpr (requires { cell.project(inputs); }) {
    const std::size_t before = inputs.tape().size();
    const Variable<Scalar> projected = cell.project(inputs);
    projected.forgo_value(before);  // the steps read it, and nobody after them
    return projected;
  } else {
    return inputs;
  }
}

/// All steps, for the way back: each stays on the tape.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> record_steps(const Cell& cell, Variable<Scalar> projected,
                                                    typename Cell::State state, const Moment& begin) {
  const auto hidden = projected.tape().template scratch<Variable<Scalar>>(projected.shape()[0]);
  for (std::size_t t = 0; t < hidden.size(); ++t) {
    state = take_step(cell, at_step(projected, t), state, begin.after(t));
    hidden[t] = state.hidden;
  }
  projected.tape().end_step();
  return {stack(std::span<const Variable<Scalar>>(hidden)), state};
}

/// Copies a state to a place older than the mark, and forgets what came later.
template <class State, class Scalar>
void move_state(Tape<Scalar>& tape, const typename Tape<Scalar>::Mark& mark, Scalar* place, State& state) {
  std::array<Shape, 4> shapes;
  std::size_t count = 0;
  Scalar* to = place;
  for_each_variable(state, [&](const auto& variable) {
    shapes[count++] = variable.shape();
    to = std::copy_n(variable.value().data(), variable.shape().size(), to);
  });
  tape.rewind(mark);
  count = 0;
  for_each_variable(state, [&](auto& variable) {
    variable = tape.borrow("unroll", place, shapes[count]);
    place += shapes[count++].size();
  });
}

/// All steps when nobody goes back: a step is forgotten when its state has been copied, and its memory serves the next
/// one while it is still in a near cache. The first stays, since it shows the shapes, and makes what is made when it is
/// first asked for. Two places for the state: one step reads what the one before wrote.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_steps(const Cell& cell, Variable<Scalar> projected,
                                                 typename Cell::State state, const Moment& begin) {
  Tape<Scalar>& tape = projected.tape();
  const std::size_t steps = projected.shape()[0];
  state = take_step(cell, at_step(projected, 0), state, begin);
  const Shape hidden = state.hidden.shape();
  const auto outputs = tape.record("unroll", hidden.inserted(0, steps), {});
  const auto put_output = [&](std::size_t t) {
    expect_same_shape("unroll: the hidden state of the first step and of another", hidden, state.hidden.shape());
    std::copy_n(state.hidden.value().data(), hidden.size(), outputs.writable() + t * hidden.size());
  };
  const auto numbers_in_state = [&] {
    std::size_t sum = 0;
    for_each_variable(state, [&](const auto& variable) { sum += variable.shape().size(); });
    return sum;
  };
  put_output(0);
  const std::size_t room = numbers_in_state();
  const std::array<Scalar*, 2> places{tape.template scratch<Scalar>(room).data(),
                                      tape.template scratch<Scalar>(room).data()};
  const auto mark = tape.mark();
  for (std::size_t t = 1; t < steps; ++t) {
    state = take_step(cell, at_step(projected, t), state, begin.after(t));
    put_output(t);
    if (numbers_in_state() <= room) move_state(tape, mark, places[t % 2], state);  // one that grows stays on the tape
  }
  return {outputs, state};
}

/// The steps over what project gave.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> unroll_projected(const Cell& cell, Variable<Scalar> projected,
                                                        const typename Cell::State& state, const Moment& begin) {
  const FlushDenormals flush;  // a state that fades away must not become slow
  // The parts of a composite state may be anywhere: only the cell can make another.
  if constexpr (!CompositeState<typename Cell::State>)
    if (!projected.tape().records_gradients() && projected.shape()[0] > 1)
      return run_steps(cell, projected, state, begin);
  return record_steps(cell, projected, state, begin);
}

}  // namespace detail

/// Runs a cell over a sequence [T, N, D], from a state; `noise` while training, for cells that drop something. A piece
/// of a longer sequence that begins there at `first_step` says so, and drops what the whole one drops. Backpropagation
/// through time is backward on what this records; a tape that records values only keeps the outputs and the last state
/// of it, and forgets every step after the first: a Variable that the cell has put aside in a step must not be used
/// later. What project gave is not to be read after backward either, where its gradient may take its memory: that
/// throws TapeError.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> unroll(const Cell& cell, Variable<Scalar> inputs, typename Cell::State state,
                                              const Noise& noise = {}, std::size_t first_step = 0,
                                              Where where = Where::current()) {
  const auto scope = Scope<Scalar>::sequence(inputs.tape(), &cell, where);
  detail::expect_sequence(inputs.shape());
  for_each_variable(state, [&](const auto& variable) { detail::expect_batch(inputs.shape(), variable.shape()); });
  return detail::unroll_projected(cell, detail::project(cell, inputs), state, {noise, first_step});
}

/// From the cell's first state: zeros.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> unroll(const Cell& cell, Variable<Scalar> inputs,
                                              Where where = Where::current()) {
  detail::expect_sequence(inputs.shape());
  return unroll(cell, inputs, initial_state(cell, inputs.tape(), inputs.shape()[1]), {}, 0, where);
}

}  // namespace unroll::inline v0
