#include <unroll/models/sequences/checkpoints.hpp>
#include <unroll/ops/nested_piece.hpp>
#include <unroll/ops/rows.hpp>

#include <algorithm>
#include <new>

namespace unroll::inline v0::detail {

namespace {

constexpr std::size_t longest_advance = 16;  // steps in a piece that is not recorded, when segments are shorter

/// Checkpoints trade time for memory: a tape that records T steps keeps the values of all of them until backward. Here
/// the outer tape keeps the inputs, the outputs, and some states as plain numbers; two nested tapes run the steps. A
/// ReplaySchedule cuts the sequence into segments and says in which order to run them.
///
/// Forward, run_to_next_recording advances over all segments but the last on a tape of values, which forgets every
/// piece, and keeps the states that the schedule names in slots. It records the last segment on a tape with gradients,
/// where backward begins. The outer tape gets one node for the outputs and one for each Variable of the last state,
/// with one rule, sweep().
///
/// Backward, sweep() takes the segments from the last to the first. It adds the gradients of the segment's outputs and
/// of the state behind it to the recorded nodes, and sweeps the nested tape: gradients of parameters and inputs go to
/// the outer tape, and the gradient of the state before the segment becomes `arrived_`. Then the schedule restores a
/// kept state, advances from there, records the segment before, and so on: a step runs again as often as the
/// schedule needs, and only one segment is on a tape at a time.
///
/// The object lives in the memory of the outer tape. A state is a row of numbers: those of all its Variables, one after
/// another.
template <class Scalar>
class SegmentedSequence {
 public:
  SegmentedSequence(const PieceRunner<Scalar>& runner, const CheckpointPlan& plan,
                    std::span<const Variable<Scalar>> operands, std::size_t state_size);

  void run_forward();
  void sweep();

  RunVariables<Scalar> results() const { return {outputs_, last_}; }

 private:
  using Numbers = std::span<Scalar>;

  bool run_to_next_recording();
  void advance(std::size_t first, std::size_t end);
  void record(std::size_t first, std::size_t end);
  void sweep_recorded();

  void put_state_on(Tape<Scalar>& tape, std::span<Variable<Scalar>> state) const;
  Variable<Scalar> run_piece_on(Tape<Scalar>& tape, std::size_t first, std::size_t end,
                                std::span<Variable<Scalar>> state) const;
  void take_over(std::size_t first, Variable<Scalar> outputs, std::span<const Variable<Scalar>> state);
  void take_over_outputs(std::size_t first, Variable<Scalar> outputs);

  Numbers slot(std::size_t index) const { return kept_.subspan(index * here_.size(), here_.size()); }
  /// Calls visit(index, numbers of the state's Variable of this index).
  void for_each_variable_in(Numbers numbers, auto&& visit) const {
    for (std::size_t i = 0, at = 0; i < first_.size(); at += first_[i++].shape().size())
      visit(i, numbers.subspan(at, first_[i].shape().size()));
  }

  PieceRunner<Scalar> runner_;
  CheckpointPlan plan_;
  ReplaySchedule schedule_;

  // On the outer tape.
  std::span<const Variable<Scalar>> operands_;
  Variable<Scalar> inputs_, outputs_;
  bool needs_gradient_;
  std::span<const Variable<Scalar>> first_;  // the state before the sequence
  std::span<Variable<Scalar>> last_;         // and after it
  Numbers kept_, here_;                      // the states in slots, and the current one
  Numbers arrived_;                          // the gradient of the state behind the segment to sweep
  bool first_run_ = true;

  // On the nested tapes.
  Tape<Scalar>*advancing_, *recording_;
  std::size_t recorded_ = 0;          // first step of the recorded segment
  Variable<Scalar> segment_outputs_;  // and its outputs
  std::span<Variable<Scalar>> segment_first_, segment_last_;
};

template <class Scalar>
SegmentedSequence<Scalar>::SegmentedSequence(const PieceRunner<Scalar>& runner, const CheckpointPlan& plan,
                                             std::span<const Variable<Scalar>> operands, std::size_t state_size)
    : runner_(runner),
      plan_(plan),
      schedule_(plan.segments, operands[0].tape().template scratch<std::size_t>(plan.states)),
      operands_(operands),
      inputs_(operands[0]),
      needs_gradient_(std::any_of(operands.begin(), operands.end(),
                                  [](const Variable<Scalar>& operand) { return operand.needs_gradient(); })),
      first_(operands.subspan(1, state_size)),
      advancing_(&inputs_.tape().nested(Recording::values)),
      recording_(&inputs_.tape().nested(Recording::gradients)) {
  Tape<Scalar>& tape = inputs_.tape();
  const auto variables = [&] { return tape.template scratch<Variable<Scalar>>(state_size); };
  last_ = variables(), segment_first_ = variables(), segment_last_ = variables();
  std::size_t numbers = 0;
  for (const auto& variable : first_) numbers += variable.shape().size();
  if (needs_gradient_) kept_ = tape.template scratch<Scalar>(plan.states * numbers);
  here_ = tape.template scratch<Scalar>(numbers);
  arrived_ = tape.template scratch<Scalar>(numbers);
}

// ---- forward -------------------------------------------------------------------------------------------------------

template <class Scalar>
void SegmentedSequence<Scalar>::run_forward() {
  for_each_variable_in(here_, [&](std::size_t i, Numbers part) {
    const auto value = first_[i].value();
    std::copy(value.begin(), value.end(), part.begin());
  });
  if (needs_gradient_)
    run_to_next_recording();
  else
    advance(0, plan_.steps);
  for_each_variable_in(here_,
                       [&](std::size_t i, Numbers part) { std::copy(part.begin(), part.end(), last_[i].writable()); });
  first_run_ = false;
}

/// Follows the schedule until it has recorded a segment; false when all segments are reversed.
template <class Scalar>
bool SegmentedSequence<Scalar>::run_to_next_recording() {
  for (;;) {
    const ReplayAction action = schedule_.next();
    switch (action.kind) {
      case ReplayAction::advance:
        advance(plan_.begin(action.first), plan_.begin(action.end));
        break;
      case ReplayAction::keep:
        std::copy(here_.begin(), here_.end(), slot(action.slot).begin());
        break;
      case ReplayAction::restore:
        std::copy_n(slot(action.slot).begin(), here_.size(), here_.begin());
        break;
      case ReplayAction::record:
        record(plan_.begin(action.first), plan_.begin(action.end));
        return true;
      case ReplayAction::done:
        return false;
    }
  }
}

/// Brings the current state from step `first` to step `end`, in pieces that the tape of values forgets.
template <class Scalar>
void SegmentedSequence<Scalar>::advance(std::size_t first, std::size_t end) {
  const std::size_t longest = std::max(plan_.segment, longest_advance);
  while (first < end) {
    const std::size_t next = std::min(first + longest, end);
    advancing_->clear();
    const auto state = advancing_->template scratch<Variable<Scalar>>(first_.size());
    put_state_on(*advancing_, state);
    const auto outputs = run_piece_on(*advancing_, first, next, state);
    take_over(first, outputs, state);
    first = next;
  }
}

template <class Scalar>
void SegmentedSequence<Scalar>::record(std::size_t first, std::size_t end) {
  recording_->clear();
  recorded_ = first;
  put_state_on(*recording_, segment_first_);
  std::copy(segment_first_.begin(), segment_first_.end(), segment_last_.begin());
  segment_outputs_ = run_piece_on(*recording_, first, end, segment_last_);
  if (first_run_) take_over(first, segment_outputs_, segment_last_);
}

/// Copies the results of a piece to the outer tape: its last state, and on the first run its outputs.
template <class Scalar>
void SegmentedSequence<Scalar>::take_over(std::size_t first, Variable<Scalar> outputs,
                                          std::span<const Variable<Scalar>> state) {
  for_each_variable_in(here_, [&](std::size_t i, Numbers part) {
    expect_same_shape("run: a state's shape before and after a step", first_[i].shape(), state[i].shape());
    const auto value = state[i].value();
    std::copy(value.begin(), value.end(), part.begin());
  });
  if (first_run_) take_over_outputs(first, outputs);
}

/// The first piece shows how wide they are. The nodes of the results stand side by side, for one rule.
template <class Scalar>
void SegmentedSequence<Scalar>::take_over_outputs(std::size_t first, Variable<Scalar> outputs) {
  Tape<Scalar>& tape = inputs_.tape();
  const Shape shape = outputs.shape();
  if (!outputs_) {
    outputs_ = tape.record("run", shape.with(0, plan_.steps), operands_);
    for (std::size_t i = 0; i < first_.size(); ++i)  // for its needs_gradient: the rule is outputs_'
      last_[i] = tape.record("run", first_[i].shape(), {outputs_});
  }
  expect_same_shape("run: the outputs of the first steps and of others", outputs_.shape().with(0, shape[0]), shape);
  const auto value = outputs.value();
  std::copy(value.begin(), value.end(), outputs_.writable() + first * shape.after(0));
}

template <class Scalar>
void SegmentedSequence<Scalar>::put_state_on(Tape<Scalar>& tape, std::span<Variable<Scalar>> state) const {
  for_each_variable_in(here_, [&](std::size_t i, Numbers part) {
    state[i] = tape.input(TensorView<const Scalar>(part.data(), first_[i].shape()));
  });
}

/// Runs steps [first, end) on a nested tape from `state`, and leaves the state after them there.
template <class Scalar>
Variable<Scalar> SegmentedSequence<Scalar>::run_piece_on(Tape<Scalar>& tape, std::size_t first, std::size_t end,
                                                         std::span<Variable<Scalar>> state) const {
  return runner_.run(runner_.context, nested_piece(tape, inputs_, first, end - first, CallSite()), state, first);
}

// ---- the way back --------------------------------------------------------------------------------------------------

/// The rule of the outer tape's nodes: sweeps the segments from the last to the first.
template <class Scalar>
void SegmentedSequence<Scalar>::sweep() {
  for_each_variable_in(arrived_, [&](std::size_t i, Numbers part) {
    if (last_[i].has_upstream())
      std::copy_n(last_[i].upstream(), part.size(), part.begin());
    else
      std::fill(part.begin(), part.end(), Scalar{0});
  });
  do sweep_recorded();
  while (run_to_next_recording());
  for_each_variable_in(arrived_, [&](std::size_t i, Numbers part) {
    if (first_[i].needs_gradient()) first_[i].gradient_sink().add(part.data(), part.size());
  });
}

template <class Scalar>
void SegmentedSequence<Scalar>::sweep_recorded() {
  for_each_variable_in(arrived_, [&](std::size_t i, Numbers part) {
    if (segment_last_[i].needs_gradient()) segment_last_[i].gradient_sink().add(part.data(), part.size());
  });
  if (outputs_.has_upstream() && segment_outputs_.needs_gradient())
    segment_outputs_.gradient_sink().add(outputs_.upstream() + recorded_ * outputs_.shape().after(0),
                                         segment_outputs_.shape().size());
  recording_->sweep_unseeded();
  for_each_variable_in(arrived_, [&](std::size_t i, Numbers part) {
    const auto gradient = segment_first_[i].gradient();
    std::copy(gradient.begin(), gradient.end(), part.begin());
  });
}

}  // namespace

template <class Scalar>
RunVariables<Scalar> run_segments(const PieceRunner<Scalar>& runner, const Checkpoints& checkpoints,
                                  std::span<const Variable<Scalar>> operands, std::size_t state_size) {
  std::size_t state_bytes = 0;
  for (const auto& variable : operands.subspan(1, state_size)) state_bytes += variable.shape().size() * sizeof(Scalar);
  const CheckpointPlan plan = plan_checkpoints(checkpoints, operands[0].shape()[0], state_bytes);

  using Sequence = SegmentedSequence<Scalar>;
  void* const memory = operands[0].tape().template scratch<Sequence>(1).data();
  auto* const sequence = new (memory) Sequence(runner, plan, operands, state_size);
  sequence->run_forward();
  const auto results = sequence->results();
  results.outputs.on_backward([sequence] { sequence->sweep(); }, static_cast<std::uint32_t>(1 + state_size));
  return results;
}

#define UNROLL_INSTANTIATE(Scalar)                                                           \
  template RunVariables<Scalar> run_segments(const PieceRunner<Scalar>&, const Checkpoints&, \
                                             std::span<const Variable<Scalar>>, std::size_t);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0::detail
