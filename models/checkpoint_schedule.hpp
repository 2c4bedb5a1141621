#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace unroll::inline v0 {

/// How a long sequence is unrolled in little memory: only some of its states are kept, and the steps between them are
/// run again on the way back (Chen et al. 2016, arXiv:1604.06174; Gruslys et al. 2016, arXiv:1606.03401).
///
///     run(cell, inputs, {.checkpoints = Checkpoints()});  // about √T segments
///     run(cell, inputs, {.checkpoints = Checkpoints{.schedule = Checkpoints::binomial, .states = 50}});
struct Checkpoints {
  enum Schedule : std::uint8_t {
    square_root,  ///< the state before every segment is kept, and no step is run more than twice
    binomial,     ///< the fewest evaluations for the states kept (Griewank and Walther 2000, 'revolve')
  };
  Schedule schedule = square_root;
  /// At most so many states are kept, the first one included; 0: as many as the schedule likes, which is one for each
  /// segment, or as many as let it run no step more than three times.
  std::size_t states = 0;
  /// At most so many bytes of states are kept; 0: no such limit.
  std::size_t bytes = 0;
  /// Steps that are recorded at a time, a segment; 0: √T but at least 64 for square_root (more when fewer states are
  /// allowed), 1 for binomial. Input projections and weight gradients are computed by segments.
  std::size_t steps = 0;
};

namespace detail {
/// Throws ArgumentError: there is no such segment.
[[noreturn]] void refuse_segment(std::size_t index, std::size_t segments);
}  // namespace detail

/// What Checkpoints come to for a sequence. Segments are counted from the end: the first may be shorter.
struct CheckpointPlan {
  std::size_t steps;     // of the sequence
  std::size_t segment;   // steps of a segment
  std::size_t segments;  // all steps together
  std::size_t states;    // kept at once at most; segments at most

  /// The first step of a segment; `steps` for the one after the last. Throws ArgumentError for one beyond.
  std::size_t begin(std::size_t index) const {
    if (index > segments) detail::refuse_segment(index, segments);
    return index == 0 ? 0 : steps - (segments - index) * segment;
  }
};

/// For T steps and states of so many bytes. Throws ArgumentError for no step, and when a budget in bytes holds no
/// state.
CheckpointPlan plan_checkpoints(const Checkpoints& checkpoints, std::size_t steps, std::size_t state_bytes);

/// One thing to do when a chain of segments is reversed.
struct ReplayAction {
  enum Kind : std::uint8_t {
    advance,  ///< run segments [first, end) from the state at hand, keeping nothing
    keep,     ///< the state at hand, before segment `first`, goes into slot `slot`
    restore,  ///< the state in `slot`, before segment `first`, comes to hand
    record,   ///< record segment `first` from the state at hand, and reverse it
    done,     ///< all segments are reversed
  };
  Kind kind;
  std::size_t first = 0, end = 0, slot = 0;
};

/// The order in which a chain of segments is run so that it can be reversed with few states kept, one action after
/// another: Griewank and Walther 2000, "Algorithm 799: revolve", ACM TOMS 26 (1). It makes the fewest evaluations that
/// there can be for as many states as it has slots. With a slot for each segment nothing is run more than twice.
class ReplaySchedule {
 public:
  /// `slots` is its memory: which segment the state in each of them stands before. Throws ArgumentError when there is
  /// none, and more than one segment.
  ReplaySchedule(std::size_t segments, std::span<std::size_t> slots);

  /// The first action finds the state before segment 0 at hand.
  ReplayAction next();

 private:
  std::span<std::size_t> slots_;
  std::size_t kept_ = 0;  // slots in use
  std::size_t here_ = 0;  // the segment that the state at hand stands before
  std::size_t end_;       // the segments from this one on are reversed
};

/// How many segments a ReplaySchedule runs, recorded ones included:
/// l + r l - C(s + r, r - 1), with the least r for which C(s + r, s) ≥ l. Throws ArgumentError for more than one
/// segment without a state, and when they cannot be counted.
std::size_t replay_evaluations(std::size_t segments, std::size_t states);

}  // namespace unroll::inline v0
