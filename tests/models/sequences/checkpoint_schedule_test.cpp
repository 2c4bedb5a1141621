#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/checkpoint_schedule.hpp>

#include <optional>
#include <vector>

using namespace unroll;
using Catch::Matchers::Contains;

namespace {

/// What a schedule costs when its actions are carried out, each checked to be possible.
struct Cost {
  std::size_t evaluations = 0, most_runs = 0;
};

Cost carry_out(std::size_t segments, std::size_t states) {
  std::vector<std::size_t> memory(states), slots(states), runs(segments);
  ReplaySchedule schedule(segments, memory);
  std::size_t here = 0, left = segments;
  Cost cost;
  const auto run = [&](std::size_t segment) {
    REQUIRE(here++ == segment);
    ++cost.evaluations;
    cost.most_runs = std::max(cost.most_runs, ++runs[segment]);
  };
  for (;;) {
    const auto [kind, first, end, slot] = schedule.next();
    switch (kind) {
      case ReplayAction::advance:
        REQUIRE(first < end);
        for (std::size_t segment = first; segment < end; ++segment) run(segment);
        break;
      case ReplayAction::keep:
        REQUIRE(here == first);
        slots.at(slot) = here;
        break;
      case ReplayAction::restore:
        here = slots.at(slot);
        REQUIRE(here == first);
        break;
      case ReplayAction::record:
        REQUIRE(first + 1 == left);
        run(first);
        left = first;
        break;
      case ReplayAction::done:
        REQUIRE(left == 0);
        return cost;
    }
  }
}

/// The fewest evaluations for l segments and s states, by trying every place for the next state.
std::size_t least_evaluations(std::size_t l, std::size_t s, std::vector<std::vector<std::size_t>>& known) {
  if (l == 1) return 1;
  std::size_t& least = known[l][s];
  if (least > 0) return least;
  for (std::size_t m = 1; m < l; ++m) {
    if (s == 1 && m + 1 < l) continue;  // nowhere to keep a second state: all the way to the last segment
    const std::size_t rest = m + 1 == l ? 1 : least_evaluations(l - m, s - 1, known);
    const std::size_t all = m + rest + least_evaluations(m, s, known);
    if (least == 0 || all < least) least = all;
  }
  return least;
}

}  // namespace

TEST_CASE("a replay makes the fewest evaluations that there can be", "[checkpoints]") {
  std::vector<std::vector<std::size_t>> known(41, std::vector<std::size_t>(12));
  for (std::size_t segments = 1; segments <= 40; ++segments)
    for (std::size_t states = 1; states <= 11; ++states) {
      INFO(segments << " segments, " << states << " states");
      const std::size_t least = least_evaluations(segments, states, known);
      CHECK(carry_out(segments, states).evaluations == least);
      CHECK(replay_evaluations(segments, states) == least);
    }
}

TEST_CASE("a replay makes as many evaluations as the formula says", "[checkpoints]") {
  for (const std::size_t segments : {1u, 2u, 99u, 100u, 1000u, 4097u})
    for (const std::size_t states : {1u, 2u, 3u, 10u, 50u, 999u, 5000u}) {
      if (states == 1 && segments > 1000) continue;  // eight million
      INFO(segments << " segments, " << states << " states");
      CHECK(carry_out(segments, states).evaluations == replay_evaluations(segments, states));
    }
}

TEST_CASE("a thousand steps with fifty states take 2,948 evaluations", "[checkpoints]") {
  CHECK(carry_out(1000, 50).evaluations == 1000 + 2 * 1000 - 52);  // C(52, 1) = 52
  CHECK(carry_out(1000, 1).evaluations == 1000 * 1001 / 2);
}

TEST_CASE("with a state for each segment nothing is run more than twice", "[checkpoints]") {
  for (const std::size_t segments : {1u, 2u, 16u, 100u}) {
    CHECK(carry_out(segments, segments).evaluations == 2 * segments - 1);
    CHECK(carry_out(segments, segments).most_runs <= 2);
  }
}

TEST_CASE("segments are about as long as there are many, sixty-four steps at least, and end where the sequence does",
          "[checkpoints]") {
  const auto plan = plan_checkpoints({}, 1000, 8);
  CHECK(plan.segment == 64);
  CHECK(plan.segments == 16);
  CHECK(plan.states == 16);
  CHECK(plan.begin(0) == 0);
  CHECK(plan.begin(1) == 1000 - 15 * 64);
  CHECK(plan.begin(15) == 1000 - 64);
  CHECK(plan.begin(16) == 1000);

  const auto longer = plan_checkpoints({}, 100000, 8);
  CHECK(longer.segment == 317);
  CHECK(longer.segments == 316);
  CHECK(plan_checkpoints({}, 5, 8).segment == 5);
  CHECK(plan_checkpoints({}, 5, 8).segments == 1);
}

TEST_CASE("a budget of states or of bytes makes segments longer, or replays more often", "[checkpoints]") {
  CHECK(plan_checkpoints({.states = 10}, 1000, 8).segment == 100);
  CHECK(plan_checkpoints({.states = 7}, 1000, 8).states == 7);
  CHECK(plan_checkpoints({.states = 50}, 1000, 8).states == 16);
  CHECK(plan_checkpoints({.bytes = 87}, 1000, 8).states == 10);
  CHECK(plan_checkpoints({.states = 5, .bytes = 87}, 1000, 8).states == 5);
  CHECK(plan_checkpoints({.steps = 10}, 1000, 8).segments == 100);
  CHECK(plan_checkpoints({.states = 20, .steps = 10}, 1000, 8).segment == 50);
  CHECK(plan_checkpoints({.states = 1}, 1000, 8).segments == 1);

  const auto binomial = plan_checkpoints({.schedule = Checkpoints::binomial, .states = 50}, 1000, 8);
  CHECK(binomial.segment == 1);
  CHECK(binomial.segments == 1000);
  CHECK(binomial.states == 50);
  CHECK(plan_checkpoints({.schedule = Checkpoints::binomial, .bytes = 80}, 1000, 8).states == 10);
  CHECK(plan_checkpoints({.schedule = Checkpoints::binomial, .states = 5000}, 1000, 8).states == 1000);
  CHECK(plan_checkpoints({.schedule = Checkpoints::binomial, .states = 5, .steps = 64}, 1000, 8).segments == 16);
}

TEST_CASE("left to itself the binomial schedule keeps the fewest states for three runs of a step", "[checkpoints]") {
  const std::size_t states = plan_checkpoints({.schedule = Checkpoints::binomial}, 1000, 8).states;
  CHECK(states == 44);  // C(45, 2) = 990 < 1000 <= C(46, 2) = 1035
  CHECK(carry_out(1000, states).most_runs == 3);
  CHECK(carry_out(1000, states - 1).most_runs == 4);
}

TEST_CASE("a budget of bytes in which no state has room is named", "[checkpoints][error]") {
  CHECK_THROWS_AS(plan_checkpoints({.bytes = 7}, 10, 8), ArgumentError);
  CHECK_THROWS_WITH(plan_checkpoints({.bytes = 7}, 10, 8),
                    Contains("at most 7 bytes given, but the state alone has 8") && Contains("0 is no limit"));
}
