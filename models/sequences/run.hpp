#pragma once

#include <unroll/models/sequences/checkpoints.hpp>
#include <unroll/models/sequences/layers.hpp>
#include <unroll/models/sequences/run_layer.hpp>
#include <unroll/ops/take_rows.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace unroll::inline v0 {

/// Options of `run`, each of which may be left out: `run(layers, inputs, {.state = state, .lengths = lengths})`.
template <class State>
struct RunOptions {
  /// The state before the first step; by default what initial_state gives, zeros for most layers.
  std::optional<State> state = std::nullopt;
  /// The training flag, and the source of all masks: with `Random(seed).split(training_step)` the model trains, and
  /// dropout and zoneout drop; without, it is evaluated (layers/dropout.hpp). Split it anew for each training step: the
  /// same Random drops the same units.
  Noise noise = std::nullopt;
  /// For a piece of longer sequences, the index of its first step there: the piece drops what the whole would drop.
  std::size_t first_step = 0;
  /// The length of each sequence, [N], from 0 to T and in any order; by default all are T. The span must stay valid
  /// during the call only.
  Lengths lengths = {};
  /// Where documents that stand behind one another in a row of the batch begin: marks [T, N], 1 where sequence n begins
  /// anew with step t and 0 elsewhere. There the state is the model's first one, whatever was before, and no gradient
  /// passes to what was before. The view must stay valid during the call only.
  std::optional<TensorView<const int>> starts = std::nullopt;
  /// Keeps only some of the states, and runs the steps between them again during backward: for sequences whose steps do
  /// not fit into memory.
  std::optional<Checkpoints> checkpoints = std::nullopt;
};

namespace detail {

/// Throws ShapeError unless there is a step, and unless every Variable of the state has the batch of the inputs.
void expect_sequence(const Shape& inputs);
void expect_batch(const Shape& inputs, const Shape& state);
/// Throws ArgumentError: sequences of different lengths have no checkpoints.
[[noreturn]] void refuse_ragged_checkpoints();

/// A state whose rows are put in another order.
template <class Layer, class Scalar>
typename Layer::State reordered(const Layer& layer, Tape<Scalar>& tape, const typename Layer::State& state,
                                std::span<const int> order) {
  const auto variables = variables_of(tape, state);
  for (auto& variable : variables) variable = take_rows(variable, {order.data(), {order.size()}});
  return make_state(layer, tape, std::span<const Variable<Scalar>>(variables));
}

/// Runs sequences of different lengths as ragged rows (ragged_rows.hpp), so that only existing steps take time.
template <class Layer, class Scalar>
Unrolled<Scalar, typename Layer::State> run_ragged_layer(const Layer& layer, Variable<Scalar> inputs, Lengths lengths,
                                                         const typename Layer::State& state, const StepContext& begin,
                                                         const std::optional<TensorView<const int>>& marks) {
  Tape<Scalar>& tape = inputs.tape();
  const Shape shape = inputs.shape();
  const RaggedRows ragged = make_ragged_rows(tape, shape, lengths);
  const Starts starts = marks ? make_starts(tape, *marks, &ragged) : Starts();
  const std::size_t count = ragged.rows.size();
  const auto rows = take_rows(reshape(inputs, {shape[0] * shape[1], shape[2]}), {ragged.rows.data(), {count}});
  const auto unrolled = run_layer(layer, SequenceBatch<Scalar>{reshape(rows, {1, count, shape[2]}), &ragged},
                                  reordered(layer, tape, state, ragged.order), begin, starts);
  const auto outputs = reshape(unrolled.outputs, unrolled.outputs.shape().without(0));
  return {take_rows(outputs, {ragged.row_of.data(), {shape[0], shape[1]}}),
          reordered(layer, tape, unrolled.state, ragged.ranks)};
}

/// Runs sequences of which all have length 0: the outputs are zeros, and the state stays. A run of one step over no
/// sequences tells the width of the outputs.
template <class Layer, class Scalar>
Unrolled<Scalar, typename Layer::State> run_ended_layer(const Layer& layer, Variable<Scalar> inputs,
                                                        const typename Layer::State& state, const StepContext& begin) {
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
/// Noise. `.noise` is a std::optional<Random>, and its presence is the training flag: with it, dropout, zoneout and the
/// modifiers draw masks from it; without it, nothing is random. Each layer, modifier and step splits it for itself.
///
/// A tape that records values only keeps the outputs and the last state, and forgets every step after the first: a cell
/// must not keep a Variable of a step for later. With gradients, the result of `project` must not be read after
/// backward, when its gradient may have taken its memory: value() throws TapeError then.
///
/// With lengths, the layer runs each sequence as if it were alone: padding is never read, outputs are zeros there, and
/// the last state of a sequence is that after its last step, or its first state when it has no step. Backward in time a
/// sequence begins at its own last step. Only existing steps take time. Dropout between layers drops what it drops
/// without lengths; a cell that takes noise from a StepContext sees the sequences sorted, longest first, and drops by
/// these ranks.
///
/// With starts, each document of a row is run as if it were alone: forward from the model's first state, backward in
/// time from its own last step. The first document of a row goes on from `.state` unless it begins with step 0, and
/// the last state is that of the last document. Steps and noise are counted on: a row keeps its masks. A cell, and
/// whatever is made of cells, takes starts; a layer of a user's own takes them as its last argument (starts.hpp). What
/// mixes steps outside of the state, as attention over the outputs does, does not see where documents begin.
///
/// With checkpoints, results and gradients are the same, and the tape keeps only some of the states: Checkpoints
/// (checkpoint_schedule.hpp) says what that asks of a layer.
///
/// Throws ShapeError unless inputs have 3 axes and a step, the state has their batch size, and there is a length for
/// each sequence and a mark for each step of each when they are given; ArgumentError for a length greater than T, a
/// mark that is neither 0 nor 1, starts of a layer that does not take them, for checkpoints with lengths that differ or
/// a layer that goes backward in time, and when a budget in bytes holds no state; TapeError after backward.
template <class Layer, class Scalar>
requires RecurrentLayer<Layer, Scalar> Unrolled<Scalar, typename Layer::State> run(
    const Layer& layer, Variable<Scalar> inputs, const RunOptions<typename Layer::State>& options = {},
    CallSite site = CallSite::current()) {
  Tape<Scalar>& tape = inputs.tape();
  const Shape shape = inputs.shape();
  detail::expect_sequence(shape);
  const auto state = options.state ? *options.state : initial_state(layer, tape, shape[1]);
  for_each_variable(state, [&](const auto& variable) { detail::expect_batch(shape, variable.shape()); });
  const Scope scope(tape, site);
  const StepContext begin{options.noise, options.first_step};
  if (options.starts) detail::expect_starts(shape, options.starts->shape());
  if (!detail::are_whole(shape, options.lengths)) {
    if (options.checkpoints) detail::refuse_ragged_checkpoints();
    if (detail::are_ended(options.lengths)) return detail::run_ended_layer(layer, inputs, state, begin);
    return detail::run_ragged_layer(layer, inputs, options.lengths, state, begin, options.starts);
  }
  const Starts starts = options.starts ? detail::make_starts(tape, *options.starts) : Starts();
  if (options.checkpoints)
    return detail::run_with_checkpoints(layer, inputs, state, begin, starts, *options.checkpoints);
  return detail::run_layer(layer, SequenceBatch<Scalar>{inputs}, state, begin, starts);
}

namespace detail {
/// Does not compile: the error names the first thing that run requires of a cell or layer and this one lacks.
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

/// Chosen for a type that is neither a cell nor a layer: does not compile, and the error says what the type lacks.
template <class Layer, class Scalar>
requires(!RecurrentLayer<Layer, Scalar>) Unrolled<Scalar, HiddenState<Scalar>> run(
    const Layer&, Variable<Scalar>, const RunOptions<HiddenState<Scalar>>& = {}, CallSite = CallSite::current()) {
  detail::name_what_is_missing<Layer, Scalar>();
  return {};
}

}  // namespace unroll::inline v0
