#include "support/model_sizes.hpp"

#include <cmath>

// Plans of checkpoints and schedules of replays, which are numbers alone: any that can be counted is to be right. How
// the list was made: support/model_sizes.hpp. Unrolling by them is tried in sequence_sizes_test.cpp.

using namespace unroll;
using namespace unroll::testing;

namespace {

constexpr auto binomial = Checkpoints::binomial;

/// Whether a plan covers all steps with segments that are whole but for the first.
bool covers(const CheckpointPlan& plan, Size steps) {
  const Size last = plan.segments - 1;
  return plan.steps == steps && plan.begin(0) == 0 && plan.begin(plan.segments) == steps
         && steps - plan.begin(last) == (last == 0 ? steps : plan.segment) && plan.begin(1) <= plan.segment
         && plan.begin(1) > 0 && plan.states >= 1 && plan.states <= plan.segments;
}

/// The state's choice of states: the fewest for which (s + 1)(s + 2) / 2 reach all segments, to the digits of a double.
bool are_fewest_for_two_runs(Size states, Size segments) {
  const double expected = std::ceil((std::sqrt(8 * static_cast<double>(segments) + 1) - 3) / 2);
  return std::abs(static_cast<double>(states) - std::max(expected, 1.0)) <= 1;
}

std::vector<SizeUse> plans() {
  return {
      {"plan_checkpoints, steps", "x.....", [](Size n) { return covers(plan_checkpoints({}, n, 8), n); }},
      {"plan_checkpoints, steps with few states", "x.....",
       [](Size n) {
         const auto plan = plan_checkpoints({.states = 3}, n, 8);
         return covers(plan, n) && plan.states <= 3;
       }},
      {"plan_checkpoints, steps with few bytes", "x.....",
       [](Size n) {
         const auto plan = plan_checkpoints({.bytes = 24}, n, 8);
         return covers(plan, n) && plan.states <= 3;
       }},
      {"plan_checkpoints, steps, binomial", "x.....",
       [](Size n) {
         const auto plan = plan_checkpoints({.schedule = binomial}, n, 8);
         return covers(plan, n) && are_fewest_for_two_runs(plan.states, n);
       }},
      {"plan_checkpoints, steps, binomial, by segments", "x.....",
       [](Size n) { return covers(plan_checkpoints({.schedule = binomial, .steps = 64}, n, 8), n); }},
      {"plan_checkpoints, states", "......",
       [](Size n) {
         const auto plan = plan_checkpoints({.states = n}, 1000, 8);
         return covers(plan, 1000) && plan.states == (n == 1 ? 1 : 16);
       }},
      {"plan_checkpoints, states, binomial", "......",
       [](Size n) {
         return plan_checkpoints({.schedule = binomial, .states = n}, 1000, 8).states
                == (n == 0 ? 44 : std::min<Size>(n, 1000));
       }},
      {"plan_checkpoints, as many states as steps", "x.....",
       [](Size n) { return covers(plan_checkpoints({.states = n, .steps = 1}, n, 8), n); }},
      {"plan_checkpoints, bytes", ".x....",
       [](Size n) { return covers(plan_checkpoints({.bytes = n}, 1000, 8), 1000); }},
      {"plan_checkpoints, state_bytes", "..xxxx",
       [](Size n) { return covers(plan_checkpoints({.bytes = 64}, 1000, n), 1000); }},
      {"plan_checkpoints, state_bytes without a budget", "......",
       [](Size n) { return covers(plan_checkpoints({}, 1000, n), 1000); }},
      {"plan_checkpoints, steps of a segment", "......",
       [](Size n) {
         const auto plan = plan_checkpoints({.steps = n}, 1000, 8);
         return covers(plan, 1000) && plan.segment == (n == 0 ? 64 : std::min<Size>(n, 1000));
       }},
      {"plan_checkpoints, steps of a segment, binomial", "......",
       [](Size n) {
         return plan_checkpoints({.schedule = binomial, .steps = n}, 1000, 8).segment
                == (n == 0 ? 1 : std::min<Size>(n, 1000));
       }},
      {"CheckpointPlan::begin", "..xxxx",
       [](Size n) { return plan_checkpoints({.steps = 4}, 10, 8).begin(n) == (n == 0 ? 0u : 2u); }},
  };
}

/// Whether the first actions of a schedule are possible.
bool begins_well(ReplaySchedule schedule, Size segments, std::span<const Size> slots) {
  Size here = 0, left = segments;
  for (int i = 0; i < 100; ++i) {
    const auto [kind, first, end, slot] = schedule.next();
    if (kind == ReplayAction::done) return left == 0;
    if (kind == ReplayAction::restore) here = slots[slot];
    if (first != here) return false;
    if (kind == ReplayAction::keep && (slot >= slots.size() || slots[slot] != here)) return false;
    if (kind == ReplayAction::advance && (end <= here || end >= left)) return false;
    if (kind == ReplayAction::record && end != left) return false;
    if (kind == ReplayAction::advance) here = end;
    if (kind == ReplayAction::record) left = here;
  }
  return left > 0;
}

SizeUse schedule_of(std::string name, std::string expected, Size slots) {
  return {std::move(name), std::move(expected), [=](Size n) {
            std::vector<Size> memory(slots);
            return begins_well(ReplaySchedule(n, memory), n, memory);
          }};
}

/// l + r l - C(s + r, r - 1) with the least r for which C(s + r, s) ≥ l: in 64 bits of mantissa, for small r.
bool are_evaluations(Size evaluations, Size segments, Size states) {
  const auto l = static_cast<long double>(segments), s = static_cast<long double>(states);
  long double r = 0, reach = 1, before = 0;  // C(s + r, r), C(s + r - 1, r - 1)
  while (reach < l) {
    before = reach;
    ++r;
    reach = reach * (s + r) / r;
  }
  return static_cast<long double>(evaluations) == l + r * l - before * (s + r) / (s + 1);
}

std::vector<SizeUse> replays() {
  return {
      schedule_of("ReplaySchedule without slots", "..xxxx", 0),
      schedule_of("ReplaySchedule of one slot", "......", 1),
      schedule_of("ReplaySchedule of two slots", "......", 2),
      schedule_of("ReplaySchedule of ten slots", "......", 10),
      {"replay_evaluations, segments", "....xx",
       [](Size n) { return are_evaluations(replay_evaluations(n, 3), n, 3); }},
      {"replay_evaluations, segments and many states", ".....x",
       [](Size n) { return are_evaluations(replay_evaluations(n, Size{1} << 40), n, Size{1} << 40); }},
      {"replay_evaluations, segments and one state", "....xx",
       [](Size n) { return replay_evaluations(n, 1) == (n % 2 == 0 ? n / 2 * (n + 1) : (n + 1) / 2 * n); }},
      {"replay_evaluations, segments and two states", "....xx", [](Size n) { return replay_evaluations(n, 2) >= n; }},
      {"replay_evaluations, states", "x.....",
       [](Size n) { return replay_evaluations(100, n) == (n == 1 ? 5050 : 199); }},
      {"replay_evaluations, a state for each segment", ".....x",
       [](Size n) { return replay_evaluations(n, n) == (n == 0 ? 0 : 2 * n - 1); }},
  };
}

}  // namespace

TEST_CASE("plans of checkpoints are right for every number of steps, states and bytes, or refused", "[sizes][error]") {
  expect_outcomes(plans());
}

TEST_CASE("replays of any number of segments go well, or are refused", "[sizes][error]") { expect_outcomes(replays()); }
