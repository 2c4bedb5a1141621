#include "experiment/statistics.hpp"
#include "experiment/trials.hpp"
#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

using namespace experiment;

TEST_CASE("every trial is made once, whatever the number of threads") {
  const std::size_t threads = GENERATE(0, 1, 2, 7), trials = GENERATE(0, 1, 5);
  std::vector<std::atomic<int>> made(trials);
  deal_trials(trials, threads, [&](std::size_t trial) { ++made[trial]; });
  for (const auto& count : made) CHECK(count == 1);
}

TEST_CASE("what a trial throws arrives") {
  CHECK_THROWS_AS(deal_trials(4, 2,
                              [](std::size_t trial) {
                                if (trial == 2) throw unroll::NumericalError("diverged");
                              }),
                  unroll::NumericalError);
}

TEST_CASE("after a trial has thrown no other is begun") {
  std::vector<std::size_t> begun;
  CHECK_THROWS_AS(deal_trials(100, 1,
                              [&](std::size_t trial) {
                                begun.push_back(trial);
                                if (trial == 2) throw unroll::NumericalError("diverged");
                              }),
                  unroll::NumericalError);
  CHECK(begun == std::vector<std::size_t>{0, 1, 2});
  std::atomic<std::size_t> count = 0;
  CHECK_THROWS_AS(deal_trials(100000, 4,
                              [&](std::size_t trial) {
                                ++count;
                                if (trial == 0) throw unroll::NumericalError("diverged");
                                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                              }),
                  unroll::NumericalError);
  CHECK(count < 50000);
}

TEST_CASE("a failure names cell and seed, keeps its kind, and leaves the outcomes that there were") {
  struct Case {
    std::function<void()> fail;
    std::function<bool(const std::exception_ptr&)> is_of_kind;
    std::string message;
  };
  const auto is = []<class Error>(std::type_identity<Error>) {
    return [](const std::exception_ptr& failure) {
      try {
        std::rethrow_exception(failure);
      } catch (const Error&) {
        return true;
      } catch (...) {
        return false;
      }
    };
  };
  using unroll::ArgumentError, unroll::Error, unroll::NumericalError;
  const std::vector<Case> cases{
      {[] { throw NumericalError("diverged"); }, is(std::type_identity<NumericalError>{}), "diverged"},
      {[] { throw ArgumentError("too wide"); }, is(std::type_identity<ArgumentError>{}), "too wide"},
      {[] { throw std::bad_alloc(); }, is(std::type_identity<Error>{}), "out of memory"},
      {[] { throw std::runtime_error("odd"); }, is(std::type_identity<Error>{}), "odd"}};
  for (const Case& wanted : cases) {
    const auto results = run_trials<int>(
        Plan{.seeds = 3, .threads = 1},
        [&](CellKind cell, std::uint64_t seed, const auto&) {
          if (cell == CellKind::gru && seed == 2) wanted.fail();
          return static_cast<int>(seed);
        },
        [](int) { return std::string("told"); });
    REQUIRE(results.rows.size() == 2);  // none of the RNN
    CHECK(results.rows[0].outcomes == std::vector{1, 2, 3});
    CHECK(results.rows[1].cell == CellKind::gru);
    CHECK(results.rows[1].outcomes == std::vector{1});
    CHECK(wanted.is_of_kind(results.failure));
    CHECK_THROWS_WITH(results.expect_all(), "gru from seed 2: " + wanted.message);
  }
}

TEST_CASE("a plan makes each cell from each seed") {
  Plan plan{.seeds = 3, .threads = 2};
  const auto [rows, failure] = run_trials<std::uint64_t>(
      plan,
      [](CellKind cell, std::uint64_t seed, const auto& progress) {
        progress(seed);
        return 10 * static_cast<std::uint64_t>(cell) + seed;
      },
      [](std::uint64_t) { return std::string("told"); });
  CHECK(failure == nullptr);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].cell == CellKind::lstm);
  CHECK(rows[0].outcomes == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(rows[2].cell == CellKind::rnn);
  CHECK(rows[2].outcomes == std::vector<std::uint64_t>{21, 22, 23});
  plan.cell = "gru";
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
