#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/checkpoint_schedule.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace unroll::inline v0 {

namespace {

constexpr std::size_t shortest_segment = 64;  // for shorter ones, products of few rows cost more than the memory saved
constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

std::size_t divide_up(std::size_t a, std::size_t b) { return a / b + (a % b != 0); }

/// Sums and products that overflow are `most`, here and below.
std::size_t plus(std::size_t a, std::size_t b) { return a > most - b ? most : a + b; }
std::size_t times(std::size_t a, std::size_t b) { return a != 0 && b > most / a ? most : a * b; }

/// C(s + r, r): how many segments s states can reverse when none is run more than r times before it is recorded.
std::size_t segments_within(std::size_t states, std::size_t runs) {
  const auto [fewer, more] = std::minmax(states, runs);
  std::size_t result = 1;
  for (std::size_t i = 1; i <= fewer && result < most; ++i) {  // result (more + i) / i, divided first
    const std::size_t common = std::gcd(result, i);
    result = times(result / common, plus(more, i) / (i / common));
  }
  return result;
}

/// The least number from 1 on that is enough, provided that all larger ones are: doubling, then bisection.
std::size_t least(const auto& is_enough) {
  std::size_t low = 0, high = 1;
  while (!is_enough(high)) {
    low = high;
    high = plus(high, high);
  }
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (is_enough(middle) ? high : low) = middle;
  }
  return high;
}

/// Throws ArgumentError unless the budget holds a state.
std::size_t states_in(std::size_t bytes, std::size_t state_bytes) {
  if (bytes >= state_bytes) return bytes / std::max<std::size_t>(state_bytes, 1);
  throw ArgumentError(
      fmt::format("run: checkpoints of at most {} bytes given, but the state alone has {} (expected room for one "
                  "state at least; 0 is no limit)",
                  bytes, state_bytes));
}

/// The fewest states with which each of the segments can be reversed after two runs.
std::size_t states_for_two_runs(std::size_t segments) {
  return least([&](std::size_t states) { return segments_within(states, 2) >= segments; });
}

/// The fewest runs before the recorded one with which states, at least one, reach all segments, at least two.
std::size_t runs_for(std::size_t segments, std::size_t states) {
  return least([&](std::size_t runs) { return segments_within(states, runs) >= segments; });
}

/// How far to run before keeping the next state, so that both parts stay within reach: the part behind it, with s - 1
/// states and r runs, and later the part before it, with s states and r - 1 runs.
std::size_t distance_to_next(std::size_t segments, std::size_t states) {
  const std::size_t runs = runs_for(segments, states);
  return std::min(segments_within(states, runs - 1), segments - segments_within(states - 1, runs - 1));
}

}  // namespace

void detail::refuse_segment(std::size_t index, std::size_t segments) {
  throw ArgumentError(fmt::format(
      "CheckpointPlan: the beginning of segment {} asked of {} segments, expected 0 to {} (are they counted "
      "from 1?)",
      index, segments, segments));
}

CheckpointPlan plan_checkpoints(const Checkpoints& checkpoints, std::size_t steps, std::size_t state_bytes) {
  if (steps == 0)
    throw ArgumentError("plan_checkpoints: steps = 0 given, expected at least 1 (is the sequence empty?)");
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

ReplaySchedule::ReplaySchedule(std::size_t segments, std::span<std::size_t> slots) : slots_(slots), end_(segments) {
  if (segments > 1 && slots.empty())
    throw ArgumentError(fmt::format(
        "ReplaySchedule: no slot given for {} segments, expected at least 1 (where is the first state to be kept?)",
        segments));
}

ReplayAction ReplaySchedule::next() {
  if (end_ == 0) return {ReplayAction::done};
  if (here_ == end_) {  // a segment has just been reversed: go back to the last state that a later action needs
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
  if (states == 0)
    throw ArgumentError(fmt::format(
        "replay_evaluations: states = 0 given for {} segments, expected at least 1 (the first state is one of them)",
        segments));
  const std::size_t runs = runs_for(segments, states), within = segments_within(states, runs - 1);
  // The formula of the header as a sum: its difference may fit where its terms overflow. Before they are recorded, the
  // segments that r - 1 runs reach are run s C(s + r - 1, r - 2) times in all, and each of the others r times.
  const std::size_t of_those_within = runs < 2 ? 0 : times(states, segments_within(plus(states, 1), runs - 2));
  const std::size_t all = plus(segments, plus(times(runs, segments - within), of_those_within));
  if (all == most)
    throw ArgumentError(fmt::format(
        "replay_evaluations: {} segments with {} states take more evaluations than can be counted (was a size computed "
        "as -1?)",
        segments, states));
  return all;
}

}  // namespace unroll::inline v0
