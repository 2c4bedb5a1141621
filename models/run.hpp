#pragma once

#include <unroll/models/checkpoints.hpp>
#include <unroll/models/layers.hpp>
#include <unroll/models/run_layer.hpp>
#include <unroll/ops/take_rows.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace unroll::inline v0 {

/// How sequences are run, each of it optional: `run(layers, inputs, {.state = state, .lengths = lengths})`.
template <class State>
struct RunOptions {
  /// Before the first step; the layer's first state when it is left out, zeros for most.
  std::optional<State> state = std::nullopt;
  /// While training, for what drops something: `Random(seed).split(training_step)`. None: nothing is dropped.
  Noise noise = std::nullopt;
  /// Where a piece of longer sequences begins there: what is dropped is what the whole ones drop.
  std::size_t first_step = 0;
  /// Of each sequence, [N], from 0 to T and in any order; none: all are T. They are read while run is called.
  Lengths lengths = {};
  /// Keeps only some of the states, and runs the steps between them again during backward.
  std::optional<Checkpoints> checkpoints = std::nullopt;
};

namespace detail {

/// Throws ShapeError unless there is a step, and unless every Variable of the state has the batch of the inputs.
void expect_sequence(const Shape& inputs);
void expect_batch(const Shape& inputs, const Shape& state);
/// Throws ArgumentError: sequences of different lengths have no checkpoints.
[[noreturn]] void refuse_ragged_checkpoints();

/// A state with its rows in another order.
template <class Layer, class Scalar>
typename Layer::State reordered(const Layer& layer, Tape<Scalar>& tape, const typename Layer::State& state,
                                std::span<const int> order) {
  const auto variables = variables_of(tape, state);
  for (auto& variable : variables) variable = take_rows(variable, {order.data(), {order.size()}});
  return make_state(layer, tape, std::span<const Variable<Scalar>>(variables));
}

/// Sequences of different lengths: sorted and packed, so that time goes with the steps that exist.
template <class Layer, class Scalar>
Unrolled<Scalar, typename Layer::State> run_packed_layer(const Layer& layer, Variable<Scalar> inputs, Lengths lengths,
                                                         const typename Layer::State& state, const Moment& begin) {
  Tape<Scalar>& tape = inputs.tape();
  const Shape shape = inputs.shape();
  const Packing packing = pack_lengths(tape, shape, lengths);
  const std::size_t count = packing.rows.size();
  const auto rows = take_rows(reshape(inputs, {shape[0] * shape[1], shape[2]}), {packing.rows.data(), {count}});
  const auto unrolled = run_layer(layer, SequenceBatch<Scalar>{reshape(rows, {1, count, shape[2]}), &packing},
                                  reordered(layer, tape, state, packing.order), begin);
  const auto outputs = reshape(unrolled.outputs, unrolled.outputs.shape().without(0));
  return {take_rows(outputs, {packing.packed.data(), {shape[0], shape[1]}}),
          reordered(layer, tape, unrolled.state, packing.places)};
}

/// Sequences that have all ended: the outputs are zeros, and the state is handed on. A step of none of them shows how
/// wide the outputs are.
template <class Layer, class Scalar>
Unrolled<Scalar, typename Layer::State> run_ended_layer(const Layer& layer, Variable<Scalar> inputs,
                                                        const typename Layer::State& state, const Moment& begin) {
  Tape<Scalar>& tape = inputs.tape();
  const auto variables = variables_of(tape, state);
  for (auto& variable : variables) variable = slice(variable, 0, 0, 0);
  const auto none = slice(slice(inputs, 0, 0, 1), 1, 0, 0);
  const Shape step = run_layer(layer, SequenceBatch<Scalar>{none},
                               make_state(layer, tape, std::span<const Variable<Scalar>>(variables)), begin)
                         .outputs.shape();
  return {tape.zeros(step.with(0, inputs.shape()[0]).with(1, inputs.shape()[1])), state};
}

}  // namespace detail

/// Runs a cell, or a layer made of cells, over sequences [T, N, D] and gives the hidden state of every step, [T, N, H],
/// and the state after the last one. Backpropagation through time is backward on what this records.
///
///     const auto [outputs, state] = run(layers, inputs, {.noise = noise, .lengths = lengths});
///     const auto loss = cross_entropy(output(outputs), targets, {.lengths = lengths});
///
/// A tape that records values only keeps the outputs and the last state, and forgets every step after the first: a
/// Variable that the cell has put aside in a step must not be used later. What project gave is not to be read after
/// backward either, where its gradient may take its memory: that throws TapeError.
///
/// With lengths, each sequence is run as if it were alone: what lies beyond its end is not looked at, its outputs are
/// zeros there, and its last state is that after its last step, or the first one when it has no step. Backward in time
/// it begins at its own last step. The time that this takes goes with the steps that exist. What is dropped between
/// layers is what is dropped without lengths; noise that cells take from a Moment goes by the places of sequences,
/// longest first.
///
/// With checkpoints, results and gradients are the same, but the tape keeps only some of the states
/// (checkpoint_schedule.hpp), and what one segment records. The layer must outlive backward and hold no Variables: what
/// its steps read is inputs, state and Parameters. It must go forward in time: one of your own is run over a segment of
/// the steps at a time, and handed the state on.
///
/// Throws ShapeError unless inputs have 3 axes and a step, the state is of their batch, and there is a length for each
/// sequence; ArgumentError for a length greater than T, for checkpoints with lengths that differ or of a layer that
/// goes backward in time, and when a budget in bytes holds no state.
template <class Layer, class Scalar>
requires RecurrentLayer<Layer, Scalar> Unrolled<Scalar, typename Layer::State> run(
    const Layer& layer, Variable<Scalar> inputs, const RunOptions<typename Layer::State>& options = {},
    Where where = Where::current()) {
  Tape<Scalar>& tape = inputs.tape();
  const Shape shape = inputs.shape();
  detail::expect_sequence(shape);
  const auto state = options.state ? *options.state : initial_state(layer, tape, shape[1]);
  for_each_variable(state, [&](const auto& variable) { detail::expect_batch(shape, variable.shape()); });
  const Scope scope(tape, where);
  const Moment begin{options.noise, options.first_step};
  if (!detail::are_whole(shape, options.lengths)) {
    if (options.checkpoints) detail::refuse_ragged_checkpoints();
    if (detail::are_ended(options.lengths)) return detail::run_ended_layer(layer, inputs, state, begin);
    return detail::run_packed_layer(layer, inputs, options.lengths, state, begin);
  }
  if (options.checkpoints) return detail::run_with_checkpoints(layer, inputs, state, begin, *options.checkpoints);
  return detail::run_layer(layer, SequenceBatch<Scalar>{inputs}, state, begin);
}

namespace detail {
/// Does not compile, and says the first thing that run wants of a cell or layer and this one lacks.
template <class Layer, class Scalar>
constexpr void name_what_is_missing() {
  if constexpr (!Module<Layer>)
    static_assert(Module<Layer>,
                  "run: a cell or layer names its members: static void members(auto& self, auto&& visit)");
  else if constexpr (!requires { typename Layer::State; })
    static_assert(RecurrentLayer<Layer, Scalar>, "run: a cell or layer has a type State, a plain struct of Variables");
  else if constexpr (!CompositeState<typename Layer::State> && !StateOfVariables<typename Layer::State>)
    static_assert(RecurrentLayer<Layer, Scalar>,
                  "run: a State is a plain struct of one to four Variables, and no more");
  else if constexpr (!RecurrentState<typename Layer::State>)
    static_assert(RecurrentLayer<Layer, Scalar>, "run: the first member of a State is a Variable named hidden");
  else if constexpr (!KnowsFirstState<Layer>)
    static_assert(KnowsFirstState<Layer>,
                  "run: a cell has std::size_t hidden_size() const, the width of its state, or a first state of its "
                  "own: State initial_state(Tape&, std::size_t batch) const");
  else
    static_assert(
        RecurrentLayer<Layer, Scalar>,
        "run: a cell has State step(Variable input, const State& state) const, of the inputs' Scalar; what is "
        "made of cells has run(batch, state, begin) const, which returns Unrolled");
}
}  // namespace detail

/// What is no cell and no layer is refused by the compiler, which says what it lacks.
template <class Layer, class Scalar>
requires(!RecurrentLayer<Layer, Scalar>) Unrolled<Scalar, HiddenState<Scalar>> run(
    const Layer&, Variable<Scalar>, const RunOptions<HiddenState<Scalar>>& = {}, Where = Where::current()) {
  detail::name_what_is_missing<Layer, Scalar>();
  return {};
}

}  // namespace unroll::inline v0
