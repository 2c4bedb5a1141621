#pragma once

#include <unroll/framework/tape/scope.hpp>
#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/models/sequences/ragged_steps.hpp>
#include <unroll/models/sequences/recurrent_cell.hpp>
#include <unroll/models/sequences/step_loop.hpp>
#include <unroll/models/sequences/whole_steps.hpp>
#include <unroll/ops/shaping.hpp>

/// How cells and layers run over a batch: `run` (run.hpp) and the layers that are made of cells call these functions.
namespace unroll::inline v0::detail {

/// The projected inputs. Only the steps read them, and none after the way forward, so backward may put the gradient
/// into their memory.
template <RecurrentCell Cell, class Scalar>
Variable<Scalar> project(const Cell& cell, Variable<Scalar> inputs) {
  const std::size_t before = inputs.tape().size();
  const Variable<Scalar> projected = project_inputs(cell, inputs);
  projected.forgo_value(before);
  return projected;
}

/// Runs a cell over projected inputs.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_projected(const Cell& cell, Variable<Scalar> projected,
                                                     const typename Cell::State& state, const StepContext& begin,
                                                     Direction direction, const RaggedRows* ragged,
                                                     const Starts& starts) {
  const FlushDenormals flush;  // a state that fades away must not become slow
  if (ragged != nullptr) {
    const auto rows = reshape(projected, projected.shape().without(0));
    auto unrolled = run_ragged_rows(cell, rows, state, begin, *ragged, direction, starts);
    unrolled.outputs = reshape(unrolled.outputs, unrolled.outputs.shape().inserted(0, 1));
    return unrolled;
  }
  WholeSteps steps(cell, projected, state, begin, direction, starts);
  // run_steps moves states, and only the cell can make another composite state: its Variables may be anywhere.
  if constexpr (!CompositeState<typename Cell::State>)
    if (!projected.tape().records_gradients() && projected.shape()[0] > 1) return run_steps(steps);
  return record_steps(steps, [](const auto&) {});
}

/// Throws ArgumentError: a sequence that is run by segments (checkpoints) has no backward direction.
[[noreturn]] void refuse_backward_segment();

/// Runs a cell over a batch, in either direction. Throws ArgumentError for the backward direction over a segment of a
/// sequence, on a nested tape: its first state would come from the segments that have not been run yet.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_cell(const Cell& cell, const SequenceBatch<Scalar>& batch,
                                                const typename Cell::State& state, const StepContext& begin,
                                                Direction direction = Direction::forward, const Starts& starts = {}) {
  if (direction == Direction::backward && batch.data.tape().is_nested()) refuse_backward_segment();
  const auto scope =
      Scope<Scalar>::sequence(batch.data.tape(), &cell, direction == Direction::backward ? "backward" : nullptr);
  Unrolled<Scalar, typename Cell::State> unrolled;
  unrolled.outputs = run_around(cell, batch, begin.noise, [&](const SequenceBatch<Scalar>& seen) {
    const auto projected = seen.projected ? seen.data : project(cell, seen.data);
    unrolled = run_projected(cell, projected, state, begin, direction, seen.ragged, starts);
    return unrolled.outputs;
  });
  return unrolled;
}

/// Runs a cell or any other layer over a batch. Throws ArgumentError for starts of a layer that does not take them.
template <class Layer, class Scalar>
requires RecurrentLayer<Layer, Scalar> Unrolled<Scalar, typename Layer::State> run_layer(
    const Layer& layer, const SequenceBatch<Scalar>& batch, const typename Layer::State& state,
    const StepContext& begin, const Starts& starts = {}) {
  if constexpr (RecurrentCell<Layer>) {
    return run_cell(layer, batch, state, begin, Direction::forward, starts);
  } else if constexpr (LayerWithStarts<Layer, Scalar>) {
    return layer.run(batch, state, begin, starts);
  } else {
    if (starts.given()) refuse_starts();
    return layer.run(batch, state, begin);
  }
}

}  // namespace unroll::inline v0::detail
