#pragma once

#include <unroll/models/moment.hpp>
#include <unroll/models/packing.hpp>
#include <unroll/models/state.hpp>

#include <concepts>

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

/// Whatever goes over sequences: a cell, step by step, or what is made of cells and says itself how:
/// `layer.run(batch, state, begin) -> Unrolled`, with the outputs as the batch came, whole or packed.
template <class Layer, class Scalar>
concept RecurrentLayer = RecurrentCell<Layer> ||(Recurrent<Layer>&& requires(
    const Layer& layer, const SequenceBatch<Scalar>& batch, const typename Layer::State& state, Moment begin) {
  { layer.run(batch, state, begin) } -> std::same_as<Unrolled<Scalar, typename Layer::State>>;
});

}  // namespace unroll::inline v0
