#include "experiment/statistics.hpp"
#include "experiment/trials.hpp"
#include "support/catch.hpp"
#include <unroll/framework/error.hpp>

#include <atomic>

using namespace experiment;

TEST_CASE("every trial is made once, whatever the number of threads") {
  const std::size_t threads = GENERATE(0, 1, 2, 7), trials = GENERATE(0, 1, 5);
  std::vector<std::atomic<int>> made(trials);
  share_trials(trials, threads, [&](std::size_t trial) { ++made[trial]; });
  for (const auto& count : made) CHECK(count == 1);
}

TEST_CASE("what a trial throws arrives") {
  CHECK_THROWS_AS(share_trials(4, 2,
                               [](std::size_t trial) {
                                 if (trial == 2) throw unroll::NumericalError("diverged");
                               }),
                  unroll::NumericalError);
}

TEST_CASE("a plan makes each cell from each seed") {
  Plan plan{.seeds = 3, .threads = 2};
  const auto rows = run_trials<std::uint64_t>(
      plan,
      [](CellKind cell, std::uint64_t seed, const auto& progress) {
        progress(seed);
        return 10 * static_cast<std::uint64_t>(cell) + seed;
      },
      [](std::uint64_t) { return std::string("told"); });
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].cell == CellKind::lstm);
  CHECK(rows[0].outcomes == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(rows[2].cell == CellKind::rnn);
  CHECK(rows[2].outcomes == std::vector<std::uint64_t>{21, 22, 23});
  plan.cell = Plan::Choice::gru;
  CHECK(plan.cells() == std::vector{CellKind::gru});
}

TEST_CASE("the spread of a member: minimum, median and maximum") {
  struct Pair {
    int first, second;
  };
  const std::vector<Pair> pairs{{3, 1}, {1, 2}, {2, 3}, {9, 4}};
  const auto first = spread(pairs, &Pair::first);
  CHECK(first.least == 1);
  CHECK(first.median == 3);
  CHECK(first.most == 9);
}
