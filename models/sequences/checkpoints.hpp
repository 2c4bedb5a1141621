#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/models/sequences/checkpoint_schedule.hpp>
#include <unroll/models/sequences/run_layer.hpp>
#include <unroll/ops/rows.hpp>

#include <algorithm>
#include <new>
#include <optional>
#include <span>

namespace unroll::inline v0 {

namespace detail {

/// A layer that runs over any piece of a sequence, without its type: checkpoints.cpp is compiled once for all layers.
template <class Scalar>
struct PieceRunner {
  const void* context;  // in the tape's memory
  /// Runs from `state` the piece that begins `first` steps after the start of the sequence, writes the state behind it
  /// to `state`, and returns the outputs.
  Variable<Scalar> (*run)(const void* context, Variable<Scalar> piece, std::span<Variable<Scalar>> state,
                          std::size_t first);
};

/// The results of a layer for a sequence: the outputs, and the Variables of the state after it.
template <class Scalar>
struct RunVariables {
  Variable<Scalar> outputs;
  std::span<const Variable<Scalar>> state;
};

/// Runs a sequence segment by segment (checkpoints.cpp tells how). `operands`, in the tape's memory, are the inputs,
/// the `state_size` Variables of the state, and the parameters.
template <class Scalar>
RunVariables<Scalar> run_segments(const PieceRunner<Scalar>& runner, const Checkpoints& checkpoints,
                                  std::span<const Variable<Scalar>> operands, std::size_t state_size);

/// The projected inputs of the cell that reads them, when no modifier changes them first and both inputs and projected
/// inputs are rows picked from a table: one product with the table then serves all segments. Otherwise nothing: each
/// segment projects its own inputs.
template <class Layer, class Scalar>
std::optional<Variable<Scalar>> projected_rows(const Layer& layer, const typename Layer::State& state,
                                               Variable<Scalar> inputs) {
  if constexpr (RecurrentCell<Layer>) {
    if (has_around<Layer>() || !repeat_a_table(inputs)) return std::nullopt;
    const auto projected = project(layer, inputs);
    return repeat_a_table(projected) ? std::optional(projected) : std::nullopt;
  } else if constexpr (requires { lowest_of(layer, state); }) {
    const auto& [lowest, its_state] = lowest_of(layer, state);
    return projected_rows(lowest, its_state, inputs);
  } else {
    return std::nullopt;
  }
}

/// What run_piece needs for the pieces of one sequence.
template <class Layer>
struct PieceContext {
  const Layer* layer;
  StepContext begin;  // of the sequence's first step
  Starts starts;
  bool projected;  // the pieces are of inputs that the lowest cell has projected
};

/// Runs a layer over a piece of a sequence, on a nested tape. Its scope has no call site: the outer tape notes the
/// caller's line.
template <class Layer, class Scalar>
Variable<Scalar> run_piece(const void* context, Variable<Scalar> piece, std::span<Variable<Scalar>> state,
                           std::size_t first) {
  const auto& [layer, begin, starts, projected] = *static_cast<const PieceContext<Layer>*>(context);
  const Scope scope(piece.tape(), CallSite());
  const SequenceBatch<Scalar> batch{.data = piece, .projected = projected};
  const auto [outputs, last] =
      run_layer(*layer, batch, make_state(*layer, piece.tape(), std::span<const Variable<Scalar>>(state)),
                begin.after(first), piece_of(starts, first, piece.shape()[0]));
  std::size_t next = 0;
  for_each_variable(last, [&](const auto& variable) { state[next++] = variable; });
  return outputs;
}

/// Runs a layer over whole sequences [T, N, D] as Checkpoints promises. A stack runs all its layers over one segment
/// before the next one, and its checkpoints hold the states of all layers. `project(inputs)` sees the inputs of one
/// segment. Throws ArgumentError for a layer that goes backward in time.
template <class Layer, class Scalar>
Unrolled<Scalar, typename Layer::State> run_with_checkpoints(const Layer& layer, Variable<Scalar> inputs,
                                                             const typename Layer::State& state,
                                                             const StepContext& begin, const Starts& starts,
                                                             const Checkpoints& checkpoints) {
  const auto projected = projected_rows(layer, state, inputs);
  if (inputs.shape()[1] == 0)  // no sequences: there is nothing to keep
    return run_layer(layer, SequenceBatch<Scalar>{inputs}, state, begin, starts);

  Tape<Scalar>& tape = inputs.tape();
  const auto variables = variables_of(tape, state);
  std::size_t parameters = 0;
  for_each_unnamed_parameter(layer, [&](const auto&) { ++parameters; });
  const auto operands = tape.template scratch<Variable<Scalar>>(1 + variables.size() + parameters);
  auto next = operands.begin();
  *next++ = projected.value_or(inputs);
  next = std::copy(variables.begin(), variables.end(), next);
  for_each_unnamed_parameter(layer, [&](const auto& parameter) { *next++ = tape.use(parameter); });

  using Kept = PieceContext<Layer>;
  const void* const context =
      new (tape.template scratch<Kept>(1).data()) Kept{&layer, begin, starts, projected.has_value()};
  const auto [outputs, last] =
      run_segments<Scalar>({context, &run_piece<Layer, Scalar>}, checkpoints, operands, variables.size());
  return {outputs, make_state(layer, tape, last)};
}

}  // namespace detail

}  // namespace unroll::inline v0
