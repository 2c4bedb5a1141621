#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace unroll::inline v0 {

/// How `run` goes over a long sequence in little memory: it keeps only some of the states, and backward runs the steps
/// between them again (Chen et al. 2016, arXiv:1604.06174; Gruslys et al. 2016, arXiv:1606.03401). Results and
/// gradients are those of `run` without checkpoints, and a replay draws the same masks as the first run. The tape keeps
/// the inputs, the outputs, these states and the nodes of one segment.
///
/// The layer may be any that goes forward in time: a cell, Layers, a Stack or your own. It must outlive backward and
/// hold no Variables: its steps may read inputs, state and Parameters only. The sequences must be of one length.
///
///     run(cell, inputs, {.checkpoints = Checkpoints()});  // about √T segments
///     run(cell, inputs, {.checkpoints = Checkpoints{.schedule = Checkpoints::binomial, .states = 50}});
struct Checkpoints {
  /// In which order states are kept and steps run again.
  enum Schedule : std::uint8_t {
    square_root,  ///< keeps the state before every segment, and runs no step more than twice
    binomial,     ///< the fewest evaluations for the states kept (Griewank and Walther 2000, 'revolve')
  };
  Schedule schedule = square_root;  ///< binomial, when memory is scarce enough to run steps more often
  /// The most states to keep, the first one included. 0 leaves it to the schedule: square_root keeps one for each
  /// segment, binomial the fewest with which it runs no step more than three times.
  std::size_t states = 0;
  /// The most bytes of states to keep; 0: no limit.
  std::size_t bytes = 0;
  /// The steps of a segment, which the tape records at a time. 0: for square_root √T but at least 64 (more when fewer
  /// states are allowed), for binomial 1. Longer segments make larger products, which are faster, of input projections
  /// and weight gradients, and take more memory.
  std::size_t steps = 0;
};

namespace detail {
/// Throws ArgumentError: the plan has no segment of this index.
[[noreturn]] void refuse_segment(std::size_t index, std::size_t segments);
}  // namespace detail

/// Checkpoints applied to a sequence of known length. All segments but the first have the same number of steps; the
/// first may be shorter.
struct CheckpointPlan {
  std::size_t steps;     ///< of the sequence
  std::size_t segment;   ///< steps of a segment
  std::size_t segments;  ///< all steps together
  std::size_t states;    ///< kept at once at most; segments at most

  /// The first step of segment `index`; `steps` for index = segments. Throws ArgumentError for a larger index.
  std::size_t begin(std::size_t index) const {
    if (index > segments) detail::refuse_segment(index, segments);
    return index == 0 ? 0 : steps - (segments - index) * segment;
  }
};

/// The plan for a sequence of `steps` steps whose state takes `state_bytes`. Throws ArgumentError for 0 steps, and when
/// a budget in bytes holds no state.
CheckpointPlan plan_checkpoints(const Checkpoints& checkpoints, std::size_t steps, std::size_t state_bytes);

/// One action in the reversal of a chain of segments.
struct ReplayAction {
  /// What to do. The caller holds one current state, besides those in slots.
  enum Kind : std::uint8_t {
    advance,  ///< run segments [first, end) from the current state, keeping nothing
    keep,     ///< copy the current state, which is before segment `first`, into slot `slot`
    restore,  ///< copy the state in `slot`, which is before segment `first`, to the current state
    record,   ///< record segment `first` from the current state, and reverse it
    done,     ///< all segments are reversed
  };
  Kind kind;  ///< which action
  std::size_t first = 0 /**< a segment */, end = 0 /**< behind the last segment */, slot = 0 /**< of a state */;
};

/// The order in which a chain of segments is run so that it can be reversed with few states kept, one action after
/// another: Griewank and Walther 2000, "Algorithm 799: revolve", ACM TOMS 26 (1). It makes the fewest evaluations that
/// are possible with as many states as it has slots. With a slot for each segment, no segment is run more than twice.
class ReplaySchedule {
 public:
  /// `slots` is its memory: before which segment the state in each slot stands. The caller keeps it alive. Throws
  /// ArgumentError for more than one segment without a slot.
  ReplaySchedule(std::size_t segments, std::span<std::size_t> slots);

  /// The next action. At the first one the current state must be that before segment 0.
  ReplayAction next();

 private:
  std::span<std::size_t> slots_;
  std::size_t kept_ = 0;  // slots in use
  std::size_t here_ = 0;  // the current state is that before this segment
  std::size_t end_;       // all segments from this one on are reversed
};

/// How many segments a ReplaySchedule runs for l segments and s states, recorded ones included:
/// l + r l - C(s + r, r - 1), with the least r for which C(s + r, s) ≥ l. Throws ArgumentError for more than one
/// segment without a state, and when the result cannot be counted.
std::size_t replay_evaluations(std::size_t segments, std::size_t states);

}  // namespace unroll::inline v0
