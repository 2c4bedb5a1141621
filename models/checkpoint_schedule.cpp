#include <unroll/framework/error.hpp>
#include <unroll/models/checkpoint_schedule.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace unroll::inline v0 {

namespace {

constexpr std::size_t shortest_segment = 64;  // below, products by segments cost more than memory is worth

std::size_t divide_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

/// Throws ArgumentError unless the budget holds a state.
std::size_t states_in(std::size_t bytes, std::size_t state_bytes) {
  if (bytes >= state_bytes) return bytes / std::max<std::size_t>(state_bytes, 1);
  throw ArgumentError(
      fmt::format("unroll: checkpoints of at most {} bytes given, but the state alone has {} (expected room for one "
                  "state at least; 0 is no limit)",
                  bytes, state_bytes));
}

/// The fewest states with which each of the segments can be reversed after two runs: C(s + 2, 2) ≥ segments.
std::size_t states_for_two_runs(std::size_t segments) {
  std::size_t states = 1;
  while ((states + 1) * (states + 2) / 2 < segments) ++states;
  return states;
}

/// With s states, C(s + r, r) segments can be reversed when none is run more than r times before it is recorded.
struct Reach {
  std::size_t runs;    // r, the least that reaches all segments
  std::size_t before;  // C(s + r - 1, r - 1): how far one run less reaches
};

Reach reach_of(std::size_t segments, std::size_t states) {
  Reach reach{0, 0};
  for (std::size_t length = 1; length < segments; length = length * (states + reach.runs) / reach.runs) {
    reach.before = length;
    ++reach.runs;
  }
  return reach;
}

/// How far to go before the next state is kept. Both parts are then as long as their states and runs reach: this one,
/// whose s states allow r - 1 runs more, and the rest, with s - 1 states and r runs.
std::size_t distance_to_next(std::size_t segments, std::size_t states) {
  const auto [runs, before] = reach_of(segments, states);
  const std::size_t least_rest = before * states / (states + runs - 1);  // C(s - 1 + r - 1, r - 1)
  return std::min(before, segments - least_rest);
}

}  // namespace

CheckpointPlan plan_checkpoints(const Checkpoints& checkpoints, std::size_t steps, std::size_t state_bytes) {
  std::size_t limit = checkpoints.states == 0 ? steps : checkpoints.states;
  if (checkpoints.bytes > 0) limit = std::min(limit, states_in(checkpoints.bytes, state_bytes));
  const bool limited = checkpoints.states > 0 || checkpoints.bytes > 0;

  CheckpointPlan plan{steps, checkpoints.steps, 0, 0};
  if (checkpoints.schedule == Checkpoints::binomial) {
    plan.segment = std::clamp<std::size_t>(plan.segment, 1, steps);
    plan.segments = divide_up(steps, plan.segment);
    plan.states = std::min(limited ? limit : states_for_two_runs(plan.segments), plan.segments);
    return plan;
  }
  const auto root = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(steps))));
  if (plan.segment == 0) plan.segment = std::max(root, shortest_segment);
  plan.segment = std::min(std::max(plan.segment, divide_up(steps, limit)), steps);
  plan.segments = plan.states = divide_up(steps, plan.segment);
  return plan;
}

ReplayAction ReplaySchedule::next() {
  if (end_ == 0) return {ReplayAction::done};
  if (here_ == end_) {  // just reversed: back to the last state that is still of use
    if (slots_[kept_ - 1] == end_) --kept_;
    here_ = slots_[kept_ - 1];
    return {ReplayAction::restore, here_, here_, kept_ - 1};
  }
  if (end_ - here_ == 1) {
    end_ = here_;
    return {ReplayAction::record, here_, here_ + 1};
  }
  if (kept_ == 0 || slots_[kept_ - 1] != here_) {
    slots_[kept_++] = here_;
    return {ReplayAction::keep, here_, here_, kept_ - 1};
  }
  const std::size_t from = here_;
  here_ += distance_to_next(end_ - here_, slots_.size() - kept_ + 1);
  return {ReplayAction::advance, from, here_};
}

std::size_t replay_evaluations(std::size_t segments, std::size_t states) {
  if (segments <= 1) return segments;
  const auto [runs, before] = reach_of(segments, states);
  return segments + runs * segments - before * (states + runs) / (states + 1);  // C(s + r, r - 1)
}

}  // namespace unroll::inline v0
