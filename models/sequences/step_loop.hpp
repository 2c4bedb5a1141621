#pragma once

#include <unroll/models/sequences/recurrent_cell.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <optional>

/// The one loop over the steps of a cell. How sequences lie in memory is the business of `steps`, which are WholeSteps
/// (whole_steps.hpp) or RaggedSteps (ragged_steps.hpp). What stays of a step is the business of record_steps, which
/// keeps all, and of run_steps, which keeps numbers. On both tapes the loop takes from `steps`
///
///     Steps::State             what a step takes and returns
///     Steps::Number            what its numbers are
///     steps.tape()             where the steps are recorded
///     steps.at(i)              t of the step that is taken after i others: the direction decides
///     steps.first_state()      the state of the sequences that the first step is given
///     steps.enter(t, state)    the state that step t begins with, made from the state after the step before
///     steps.take(t, state)     the state after step t
///     steps.last(state)        the last state of all sequences, given that after the last step
///
/// and where gradients are recorded
///
///     steps.count()            how many steps there are
///     steps.joined(hidden)     the outputs, given the hidden state of every step
///
/// and on a tape of values
///
///     steps.telling_count()            how many steps tell all results
///     steps.record_outputs(state)      a node for all outputs, given the state after the first step that is taken
///     steps.write_output(t, state, y)  writes the output of step t into that node y, which record_outputs made before
///     steps.most_numbers(state)        how many numbers a state has at most, given one
namespace unroll::inline v0::detail {

/// Takes the first `count` steps in the order of their direction, and calls after_step(t, state) after each.
template <class Steps>
typename Steps::State take_steps(Steps& steps, std::size_t count, auto&& after_step) {
  auto state = steps.first_state();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t t = steps.at(i);
    state = steps.take(t, steps.enter(t, state));
    after_step(t, state);
  }
  steps.tape().end_step();  // the next nodes belong to all steps
  return state;
}

/// Records all steps; each stays on the tape for backward. Calls seen(state) after each.
template <class Steps, class Seen>
Unrolled<typename Steps::Number, typename Steps::State> record_steps(Steps& steps, const Seen& seen) {
  const auto hidden = steps.tape().template scratch<Variable<typename Steps::Number>>(steps.count());
  const auto state = take_steps(steps, steps.count(), [&](std::size_t t, const auto& after) {
    hidden[t] = after.hidden;
    seen(after);
  });
  const auto last = steps.last(state);
  return {steps.joined(hidden), last};
}

/// Two buffers for a state on a tape of values: a step reads one and writes the other. What the step has recorded is
/// forgotten, and the next one takes its memory while it is still in a near cache.
template <class Scalar>
class StateBuffers {
 public:
  StateBuffers(Tape<Scalar>& tape, std::size_t numbers)
      : tape_(tape),
        numbers_(numbers),
        buffers_{tape.template scratch<Scalar>(numbers).data(), tape.template scratch<Scalar>(numbers).data()},
        mark_(tape.mark()) {}
  /// A state that has grown stays on the tape.
  void move(auto& state) {
    if (numbers_in(state) <= numbers_) move_state(tape_, mark_, buffers_[next_ ^= 1], state);
  }

 private:
  Tape<Scalar>& tape_;
  std::size_t numbers_;
  std::array<Scalar*, 2> buffers_;
  typename Tape<Scalar>::Mark mark_;
  std::size_t next_ = 0;
};

/// All steps on a tape of values, of which the outputs and the last state stay. The first step stays too: it tells the
/// shapes, and makes what all steps reuse, such as packed weights.
template <class Steps>
Unrolled<typename Steps::Number, typename Steps::State> run_steps(Steps& steps) {
  Variable<typename Steps::Number> outputs;
  std::optional<StateBuffers<typename Steps::Number>> buffers;
  const auto state = take_steps(steps, steps.telling_count(), [&](std::size_t t, auto& after) {
    if (!buffers) {
      steps.tape().end_step();  // the next nodes belong to all steps
      outputs = steps.record_outputs(after);
      steps.write_output(t, after, outputs);
      buffers.emplace(steps.tape(), steps.most_numbers(after));
    } else {
      steps.write_output(t, after, outputs);
      buffers->move(after);
    }
  });
  return {outputs, steps.last(state)};
}

}  // namespace unroll::inline v0::detail
