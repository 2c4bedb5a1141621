#pragma once

#include <unroll/models/moment.hpp>
#include <unroll/models/packing.hpp>
#include <unroll/models/state.hpp>

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

/// What of all steps does not depend on the state, or the inputs of a cell that does not say.
template <RecurrentCell Cell, class Scalar>
Variable<Scalar> project_inputs(const Cell& cell, Variable<Scalar> inputs) {
  if constexpr (requires { cell.project(inputs); })
    return cell.project(inputs);
  else if constexpr (ModifiedCell<Cell>)
    return project_inputs(cell.inner, inputs);
  else
    return inputs;
}

/// A whole step of any cell by hand, its input [N, D] not yet projected. What a cell does around its sequence (drops
/// its inputs, adds them to its outputs) is not done.
template <RecurrentCell Cell, class Scalar>
typename Cell::State run_step(const Cell& cell, Variable<Scalar> input, const typename Cell::State& state,
                              const Moment& moment = {}) {
  return take_step(cell, project_inputs(cell, input), state, moment);
}

namespace detail {
/// Whether a cell, or one in it, does something around its sequence.
template <class Cell>
constexpr bool has_around() {
  if constexpr (requires(const Cell& cell, typename Cell::State state) {
                  cell.around(SequenceBatch{state.hidden}, Noise(), std::identity());
                })
    return true;
  else if constexpr (ModifiedCell<Cell>)
    return has_around<std::remove_cvref_t<decltype(std::declval<Cell>().inner)>>();
  else
    return false;
}
}  // namespace detail

/// Runs `steps`, which makes the outputs of the inputs of a batch, whole or packed, with what the cell does around
/// them.
template <RecurrentCell Cell, class Scalar, class Steps>
Variable<Scalar> run_around(const Cell& cell, const SequenceBatch<Scalar>& inputs, const Noise& noise,
                            const Steps& steps) {
  if constexpr (requires { cell.around(inputs, noise, steps); })
    return cell.around(inputs, noise, steps);
  else if constexpr (detail::has_around<Cell>())
    return run_around(cell.inner, inputs, noise, steps);
  else
    return steps(inputs);
}

/// What a sequence gives: the hidden state of every step, [T, N, H], and the state after the last one.
template <class Scalar, class State>
struct Unrolled {
  Variable<Scalar> outputs;
  State state;
};

/// Whatever goes over sequences: a cell, step by step, or what is made of cells and says itself how:
/// `layer.run(batch, state, begin) -> Unrolled`, with the outputs as the batch came, whole or packed.
template <class Layer, class Scalar>
concept RecurrentLayer = RecurrentCell<Layer> ||(Recurrent<Layer>&& requires(
    const Layer& layer, const SequenceBatch<Scalar>& batch, const typename Layer::State& state, Moment begin) {
  { layer.run(batch, state, begin) } -> std::same_as<Unrolled<Scalar, typename Layer::State>>;
});

}  // namespace unroll::inline v0
