#pragma once

#include <unroll/framework/denormals.hpp>
#include <unroll/framework/scope.hpp>
#include <unroll/models/packed_steps.hpp>
#include <unroll/models/recurrent_cell.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/shaping.hpp>

#include <algorithm>
#include <array>

/// How the steps of a cell are recorded, and of whatever is made of cells: what run (run.hpp) and layers do inside.
namespace unroll::inline v0::detail {

/// What the steps read: nobody else is to read it after the way forward.
template <RecurrentCell Cell, class Scalar>
Variable<Scalar> project(const Cell& cell, Variable<Scalar> inputs) {
  const std::size_t before = inputs.tape().size();
  const Variable<Scalar> projected = project_inputs(cell, inputs);
  projected.forgo_value(before);  // the steps read it, and nobody after them
  return projected;
}

/// All steps, for the way back: each stays on the tape.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> record_steps(const Cell& cell, Variable<Scalar> projected,
                                                    typename Cell::State state, const Moment& begin,
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

/// All steps when nobody goes back: a step is forgotten when its state has been copied, and its memory serves the next
/// one while it is still in a near cache. The first stays, since it shows the shapes, and makes what is made when it is
/// first asked for. Two places for the state: one step reads what the one before wrote.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_steps(const Cell& cell, Variable<Scalar> projected,
                                                 typename Cell::State state, const Moment& begin, Direction direction) {
  Tape<Scalar>& tape = projected.tape();
  const std::size_t steps = projected.shape()[0];
  const std::size_t first = step_at(direction, 0, steps);
  state = take_step(cell, at_step(projected, first), state, begin.after(first));
  tape.end_step();  // what follows is of all steps
  const Shape hidden = state.hidden.shape();
  const std::size_t taken = hidden.rank() > 0 && hidden[0] == 0 ? 1 : steps;  // of no sequences one shows all there is
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
  const std::array<Scalar*, 2> places{tape.template scratch<Scalar>(room).data(),
                                      tape.template scratch<Scalar>(room).data()};
  const auto mark = tape.mark();
  for (std::size_t i = 1; i < taken; ++i) {
    const std::size_t t = step_at(direction, i, steps);
    state = take_step(cell, at_step(projected, t), state, begin.after(t));
    put_output(t);
    if (numbers_in_state() <= room) move_state(tape, mark, places[i % 2], state);  // one that grows stays on the tape
  }
  tape.end_step();
  return {outputs, state};
}

/// The steps over what project gave.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> unroll_projected(const Cell& cell, Variable<Scalar> projected,
                                                        const typename Cell::State& state, const Moment& begin,
                                                        Direction direction = Direction::forward,
                                                        const Packing* packing = nullptr) {
  const FlushDenormals flush;  // a state that fades away must not become slow
  // The parts of a composite state may be anywhere: only the cell can make another.
  if (packing != nullptr) {
    const auto rows = reshape(projected, projected.shape().without(0));
    auto unrolled = unroll_packed(cell, rows, state, begin, *packing, direction);
    unrolled.outputs = reshape(unrolled.outputs, unrolled.outputs.shape().inserted(0, 1));
    return unrolled;
  }
  if constexpr (!CompositeState<typename Cell::State>)
    if (!projected.tape().records_gradients() && projected.shape()[0] > 1)
      return run_steps(cell, projected, state, begin, direction);
  return record_steps(cell, projected, state, begin, direction);
}

/// Throws ArgumentError: a sequence that is run by segments (checkpoints) has no backward direction.
[[noreturn]] void refuse_backward_segment();

/// A cell over a batch, in either direction. Backward over a segment of a sequence is refused: the state that it would
/// begin with is that after the segments to come.
template <RecurrentCell Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> unroll_cell(const Cell& cell, const SequenceBatch<Scalar>& batch,
                                                   const typename Cell::State& state, const Moment& begin,
                                                   Direction direction = Direction::forward) {
  if (direction == Direction::backward && batch.data.tape().is_nested()) refuse_backward_segment();
  const auto scope =
      Scope<Scalar>::sequence(batch.data.tape(), &cell, direction == Direction::backward ? "backward" : nullptr);
  Unrolled<Scalar, typename Cell::State> unrolled;
  unrolled.outputs = run_around(cell, batch, begin.noise, [&](const SequenceBatch<Scalar>& seen) {
    const auto projected = seen.projected ? seen.data : project(cell, seen.data);
    unrolled = unroll_projected(cell, projected, state, begin, direction, seen.packing);
    return unrolled.outputs;
  });
  return unrolled;
}

/// Whatever goes over sequences, over a batch.
template <class Layer, class Scalar>
requires RecurrentLayer<Layer, Scalar> Unrolled<Scalar, typename Layer::State> run_layer(
    const Layer& layer, const SequenceBatch<Scalar>& batch, const typename Layer::State& state, const Moment& begin) {
  if constexpr (RecurrentCell<Layer>)
    return unroll_cell(layer, batch, state, begin);
  else
    return layer.run(batch, state, begin);
}

}  // namespace unroll::inline v0::detail
