#pragma once

#include <unroll/framework/module.hpp>
#include <unroll/models/checkpoint_schedule.hpp>
#include <unroll/models/run_layer.hpp>

#include <algorithm>
#include <new>
#include <optional>
#include <span>

namespace unroll::inline v0 {

namespace detail {

/// A layer that can be run over any piece of a sequence, without its type.
template <class Scalar>
struct Unroller {
  const void* pieces;  // in the tape's memory
  /// Runs the piece that begins `first` steps after the beginning from `state`, leaves there the state behind it, and
  /// returns the outputs.
  Variable<Scalar> (*run)(const void* pieces, Variable<Scalar> piece, std::span<Variable<Scalar>> state,
                          std::size_t first);
};

/// What a layer gives for a sequence: the outputs, and the Variables of the state after it.
template <class Scalar>
struct UnrolledVariables {
  Variable<Scalar> outputs;
  std::span<const Variable<Scalar>> state;
};

/// `operands`, in the tape's memory, are the inputs, the `state_size` Variables of the state, and the parameters.
template <class Scalar>
UnrolledVariables<Scalar> unroll_segments(const Unroller<Scalar>& unroller, const Checkpoints& checkpoints,
                                          std::span<const Variable<Scalar>> operands, std::size_t state_size);

/// Whether a product with the inputs is a product with the table that they are picked from (rows): then it is made once
/// for all segments, and its rows are picked. Otherwise a segment's inputs are projected with the segment.
template <class Scalar>
bool are_picked(Variable<Scalar> inputs);

/// What the cell that reads the inputs projects them to, if it does so alone, and if these are picked rows too.
template <class Layer, class Scalar>
std::optional<Variable<Scalar>> projected_rows(const Layer& layer, const typename Layer::State& state,
                                               Variable<Scalar> inputs) {
  if constexpr (RecurrentCell<Layer>) {
    if (has_around<Layer>() || !are_picked(inputs)) return std::nullopt;
    const auto projected = project(layer, inputs);
    return are_picked(projected) ? std::optional(projected) : std::nullopt;
  } else if constexpr (requires { lowest_of(layer, state); }) {
    const auto& [lowest, its_state] = lowest_of(layer, state);
    return projected_rows(lowest, its_state, inputs);
  } else {
    return std::nullopt;
  }
}

/// The pieces of a sequence that begins at a moment.
template <class Layer>
struct Pieces {
  const Layer* layer;
  Moment begin;
  bool projected;  // they are of what the lowest cell projects
};

/// On a tape nested in the one that was asked for the whole, so that no line is told.
template <class Layer, class Scalar>
Variable<Scalar> run_piece(const void* of, Variable<Scalar> piece, std::span<Variable<Scalar>> state,
                           std::size_t first) {
  const auto& [layer, begin, projected] = *static_cast<const Pieces<Layer>*>(of);
  const Scope scope(piece.tape(), Where());
  const SequenceBatch<Scalar> batch{.data = piece, .projected = projected};
  const auto [outputs, last] = run_layer(
      *layer, batch, make_state(*layer, piece.tape(), std::span<const Variable<Scalar>>(state)), begin.after(first));
  std::size_t next = 0;
  for_each_variable(last, [&](const auto& variable) { state[next++] = variable; });
  return outputs;
}

/// Runs a layer over whole sequences [T, N, D] with the same results and gradients as run_layer, but keeps only some of
/// the states and runs the steps between them again during backward. The tape keeps the inputs, the outputs and the
/// states kept, and what one segment records. The layer must outlive backward, and hold no Variables: what its steps
/// read is inputs, state and Parameters. It is run segment by segment, so that project(inputs) sees a segment's inputs.
/// All layers of a stack are run over one segment after another, and a state is that of all of them. What is dropped is
/// replayed. Throws ArgumentError for a layer that goes backward in time.
template <class Layer, class Scalar>
Unrolled<Scalar, typename Layer::State> run_with_checkpoints(const Layer& layer, Variable<Scalar> inputs,
                                                             const typename Layer::State& state, const Moment& begin,
                                                             const Checkpoints& checkpoints) {
  const auto projected = projected_rows(layer, state, inputs);
  if (inputs.shape()[1] == 0)  // of no sequences there is nothing to keep
    return run_layer(layer, SequenceBatch<Scalar>{inputs}, state, begin);

  Tape<Scalar>& tape = inputs.tape();
  const auto variables = variables_of(tape, state);
  std::size_t parameters = 0;
  for_each_unnamed_parameter(layer, [&](const auto&) { ++parameters; });
  const auto operands = tape.template scratch<Variable<Scalar>>(1 + variables.size() + parameters);
  auto next = operands.begin();
  *next++ = projected.value_or(inputs);
  next = std::copy(variables.begin(), variables.end(), next);
  for_each_unnamed_parameter(layer, [&](const auto& parameter) { *next++ = tape.use(parameter); });

  using Kept = Pieces<Layer>;
  const void* const pieces = new (tape.template scratch<Kept>(1).data()) Kept{&layer, begin, projected.has_value()};
  const auto [outputs, last] =
      unroll_segments<Scalar>({pieces, &run_piece<Layer, Scalar>}, checkpoints, operands, variables.size());
  return {outputs, make_state(layer, tape, last)};
}

}  // namespace detail

}  // namespace unroll::inline v0
