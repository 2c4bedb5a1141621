#pragma once

#include <unroll/framework/tape/scope.hpp>
#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/models/sequences/ragged_steps.hpp>
#include <unroll/models/sequences/recurrent_cell.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/shaping.hpp>

#include <algorithm>
#include <array>

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

/// Records all steps; each stays on the tape for backward.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> record_steps(const Cell& cell, Variable<Scalar> projected,
                                                    typename Cell::State state, const StepContext& begin,
                                                    Direction direction) {
  const auto hidden = projected.tape().template scratch<Variable<Scalar>>(projected.shape()[0]);
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    const std::size_t t = step_at(direction, i, hidden.size());
    state = take_step(cell, at_step(projected, t), state, begin.after(t));
    hidden[t] = state.hidden;
  }
  projected.tape().end_step();
  return {stack(std::span<const Variable<Scalar>>(hidden)), state};
}

/// All steps on a tape of values. It forgets a step when its state has been copied, and the next step takes the memory
/// while it is still in a near cache. The first step stays: it tells the shapes, and makes what all steps reuse, such
/// as packed weights. The state has two buffers: a step reads one and writes the other.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_steps(const Cell& cell, Variable<Scalar> projected,
                                                 typename Cell::State state, const StepContext& begin,
                                                 Direction direction) {
  Tape<Scalar>& tape = projected.tape();
  const std::size_t steps = projected.shape()[0];
  const std::size_t first = step_at(direction, 0, steps);
  state = take_step(cell, at_step(projected, first), state, begin.after(first));
  tape.end_step();  // the next nodes belong to all steps
  const Shape hidden = state.hidden.shape();
  const std::size_t taken = hidden.rank() > 0 && hidden[0] == 0 ? 1 : steps;  // no sequences: one step tells all
  const auto outputs = tape.record("run", hidden.inserted(0, steps), {});
  const auto put_output = [&](std::size_t t) {
    expect_same_shape("run: the hidden state of the first step and of another", hidden, state.hidden.shape());
    std::copy_n(state.hidden.value().data(), hidden.size(), outputs.writable() + t * hidden.size());
  };
  const auto numbers_in_state = [&] {
    std::size_t sum = 0;
    for_each_variable(state, [&](const auto& variable) { sum += variable.shape().size(); });
    return sum;
  };
  put_output(first);
  const std::size_t room = numbers_in_state();
  const std::array<Scalar*, 2> buffers{tape.template scratch<Scalar>(room).data(),
                                       tape.template scratch<Scalar>(room).data()};
  const auto mark = tape.mark();
  for (std::size_t i = 1; i < taken; ++i) {
    const std::size_t t = step_at(direction, i, steps);
    state = take_step(cell, at_step(projected, t), state, begin.after(t));
    put_output(t);
    if (numbers_in_state() <= room) move_state(tape, mark, buffers[i % 2], state);  // a growing state stays on the tape
  }
  tape.end_step();
  return {outputs, state};
}

/// Runs a cell over projected inputs.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_projected(const Cell& cell, Variable<Scalar> projected,
                                                     const typename Cell::State& state, const StepContext& begin,
                                                     Direction direction = Direction::forward,
                                                     const RaggedRows* ragged = nullptr) {
  const FlushDenormals flush;  // a state that fades away must not become slow
  if (ragged != nullptr) {
    const auto rows = reshape(projected, projected.shape().without(0));
    auto unrolled = run_ragged_rows(cell, rows, state, begin, *ragged, direction);
    unrolled.outputs = reshape(unrolled.outputs, unrolled.outputs.shape().inserted(0, 1));
    return unrolled;
  }
  // run_steps moves states, and only the cell can make another composite state: its Variables may be anywhere.
  if constexpr (!CompositeState<typename Cell::State>)
    if (!projected.tape().records_gradients() && projected.shape()[0] > 1)
      return run_steps(cell, projected, state, begin, direction);
  return record_steps(cell, projected, state, begin, direction);
}

/// Throws ArgumentError: a sequence that is run by segments (checkpoints) has no backward direction.
[[noreturn]] void refuse_backward_segment();

/// Runs a cell over a batch, in either direction. Throws ArgumentError for the backward direction over a segment of a
/// sequence, on a nested tape: its first state would come from the segments that have not been run yet.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_cell(const Cell& cell, const SequenceBatch<Scalar>& batch,
                                                const typename Cell::State& state, const StepContext& begin,
                                                Direction direction = Direction::forward) {
  if (direction == Direction::backward && batch.data.tape().is_nested()) refuse_backward_segment();
  const auto scope =
      Scope<Scalar>::sequence(batch.data.tape(), &cell, direction == Direction::backward ? "backward" : nullptr);
  Unrolled<Scalar, typename Cell::State> unrolled;
  unrolled.outputs = run_around(cell, batch, begin.noise, [&](const SequenceBatch<Scalar>& seen) {
    const auto projected = seen.projected ? seen.data : project(cell, seen.data);
    unrolled = run_projected(cell, projected, state, begin, direction, seen.ragged);
    return unrolled.outputs;
  });
  return unrolled;
}

/// Runs a cell or any other layer over a batch.
template <class Layer, class Scalar>
requires RecurrentLayer<Layer, Scalar> Unrolled<Scalar, typename Layer::State> run_layer(
    const Layer& layer, const SequenceBatch<Scalar>& batch, const typename Layer::State& state,
    const StepContext& begin) {
  if constexpr (RecurrentCell<Layer>)
    return run_cell(layer, batch, state, begin);
  else
    return layer.run(batch, state, begin);
}

}  // namespace unroll::inline v0::detail
