#pragma once

#include <unroll/framework/denormals.hpp>
#include <unroll/framework/scope.hpp>
#include <unroll/models/moment.hpp>
#include <unroll/models/state.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/shaping.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace unroll::inline v0 {

/// One step of a recurrent network: `cell.step(input [N, D], state) -> next state`, where State is a plain struct of
/// Variables, the first of them named hidden. A cell may split itself in two: `project(inputs)` sees no state and runs
/// once for all steps, and step is then given a row of what it returns. One that needs random numbers, or to know the
/// time, takes a Moment: `cell.step(input, state, moment)`. One that holds another as `inner` is a modifier
/// (modifiers.hpp): `cell.step(input, state, recurrent, moment)`.
template <class Cell>
concept RecurrentCell = Recurrent<Cell> && requires(const Cell& cell, typename Cell::State state, Moment moment) {
  requires requires {
    { cell.step(state.hidden, state) } -> std::same_as<typename Cell::State>;
  } || requires {
    { cell.step(state.hidden, state, moment) } -> std::same_as<typename Cell::State>;
  } || requires {
    { cell.step(state.hidden, state, state.hidden, moment) } -> std::same_as<typename Cell::State>;
  };
};

/// A cell that holds another cell. What it does not say itself - how inputs are projected, the first state - is what
/// its inner cell says.
template <class Cell>
concept ModifiedCell = requires(const Cell& cell) {
  requires RecurrentCell<std::remove_cvref_t<decltype(cell.inner)>>;
};

/// A step of any cell, for those that are made of others: the moment is handed on to a cell that takes one.
template <RecurrentCell Cell, class Scalar>
typename Cell::State take_step(const Cell& cell, Variable<Scalar> input, const typename Cell::State& state,
                               const Moment& moment) {
  input.tape().begin_step(moment.step, input);
  if constexpr (requires { cell.step(input, state, moment); })
    return cell.step(input, state, moment);
  else if constexpr (requires { cell.step(input, state); })
    return cell.step(input, state);
  else
    return cell.step(input, state, state.hidden, moment);
}

/// The same when `recurrent` [N, H] stands in for the hidden state in the products with the recurrent weights: dropped
/// out, say, or normalised. A cell that uses its hidden state in other ways as well, as a GRU does (z ∘ h), says by
/// `step(input, state, recurrent)` where it goes; for others it is the hidden state that the step sees.
template <RecurrentCell Cell, class Scalar>
typename Cell::State take_step(const Cell& cell, Variable<Scalar> input, const typename Cell::State& state,
                               Variable<Scalar> recurrent, const Moment& moment) {
  if constexpr (requires { cell.step(input, state, recurrent, moment); }) {
    return cell.step(input, state, recurrent, moment);
  } else if constexpr (requires { cell.step(input, state, recurrent); }) {
    return cell.step(input, state, recurrent);
  } else {
    static_assert(!ModifiedCell<Cell>,
                  "a modifier's step takes what enters the recurrent products and passes it on: "
                  "step(input, state, recurrent, moment)");
    typename Cell::State seen = state;
    seen.hidden = recurrent;
    return take_step(cell, input, seen, moment);
  }
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
Variable<Scalar> project_all(const Cell& cell, Variable<Scalar> inputs) {
  if constexpr (requires { cell.project(inputs); })
    return cell.project(inputs);
  else if constexpr (ModifiedCell<Cell>)
    return project_all(cell.inner, inputs);
  else
    return inputs;
}
template <RecurrentCell Cell, class Scalar>
Variable<Scalar> project(const Cell& cell, Variable<Scalar> inputs) {
  const std::size_t before = inputs.tape().size();
  const Variable<Scalar> projected = project_all(cell, inputs);
  projected.forgo_value(before);  // the steps read it, and nobody after them
  return projected;
}

/// Whether a cell, or one in it, does something around its sequence.
template <class Cell>
constexpr bool has_around() {
  if constexpr (requires(const Cell& cell, typename Cell::State state) {
                  cell.around(state.hidden, Noise(), std::identity());
                })
    return true;
  else if constexpr (ModifiedCell<Cell>)
    return has_around<std::remove_cvref_t<decltype(std::declval<Cell>().inner)>>();
  else
    return false;
}

/// Runs `steps`, which makes the outputs [T, N, H] of inputs [T, N, D], with what the cell does around them.
template <RecurrentCell Cell, class Scalar, class Steps>
Variable<Scalar> around(const Cell& cell, Variable<Scalar> inputs, const Noise& noise, const Steps& steps) {
  if constexpr (requires { cell.around(inputs, noise, steps); })
    return cell.around(inputs, noise, steps);
  else if constexpr (has_around<Cell>())
    return around(cell.inner, inputs, noise, steps);
  else
    return steps(inputs);
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
  Unrolled<Scalar, typename Cell::State> unrolled;
  unrolled.outputs = detail::around(cell, inputs, noise, [&](Variable<Scalar> seen) {
    unrolled = detail::unroll_projected(cell, detail::project(cell, seen), state, {noise, first_step});
    return unrolled.outputs;
  });
  return unrolled;
}

/// From the cell's first state: zeros.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> unroll(const Cell& cell, Variable<Scalar> inputs,
                                              Where where = Where::current()) {
  detail::expect_sequence(inputs.shape());
  return unroll(cell, inputs, initial_state(cell, inputs.tape(), inputs.shape()[1]), {}, 0, where);
}

}  // namespace unroll::inline v0
