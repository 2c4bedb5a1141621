#pragma once

#include "console/output.hpp"
#include "experiment/plan.hpp"
#include <unroll/models/records/status_line.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

/// An experiment is many independent trials, each of one cell and one seed.
namespace experiment {

/// Calls `work(trial)` once for each trial 0, 1, ... trials - 1 on `threads` threads (0: all of the machine), and
/// returns when all calls have returned. When a call throws, it begins no further trial, waits for those under way, and
/// rethrows the exception. Threads have nothing in common, so that a trial gives the same numbers on any number of
/// threads.
void deal_trials(std::size_t trials, std::size_t threads, const std::function<void(std::size_t)>& work);

/// A status line for several threads.
class TrialStatus {
 public:
  /// Shows the state of a trial. It takes a function, since most states are never shown.
  void show(const std::function<std::string()>& text);
  /// A line that stays.
  void say(const std::string& text);

 private:
  std::mutex mutex_;
  unroll::StatusLine line_{{.prefix = console::message_prefix()}};
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// The outcomes of one cell from all seeds.
template <class Outcome>
struct Row {
  CellKind cell;
  std::vector<Outcome> outcomes;
};

/// The outcomes of a plan: all of them, or those that were there when a trial threw `failure`.
template <class Outcome>
struct Results {
  std::vector<Row<Outcome>> rows;  // each with one outcome at least
  std::exception_ptr failure;

  void expect_all() const {
    if (failure) std::rethrow_exception(failure);
  }
};

/// "gru  seed 3".
std::string name_of_trial(CellKind cell, std::uint64_t seed);

/// The existing outcomes in rows, one for each cell, from the outcomes of one cell after the other.
template <class Outcome>
std::vector<Row<Outcome>> gather(const std::vector<CellKind>& cells,
                                 const std::vector<std::optional<Outcome>>& outcomes) {
  std::vector<Row<Outcome>> rows;
  const std::size_t seeds = outcomes.size() / cells.size();
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    if (!outcomes[index]) continue;
    const CellKind cell = cells[index / seeds];
    if (rows.empty() || rows.back().cell != cell) rows.push_back({cell, {}});
    rows.back().outcomes.push_back(*outcomes[index]);
  }
  return rows;
}

/// In a handler: rethrows the current exception with "gru from seed 3: " before its message. Any exception but
/// NumericalError and ArgumentError becomes an unroll::Error.
[[noreturn]] void rethrow_as_of(CellKind cell, std::uint64_t seed);

/// Runs all trials of a plan: trial(cell, seed, progress) returns an Outcome and calls progress(outcome) on its way,
/// which shows `describe(outcome)` on standard error. It ends at the first trial that throws.
template <class Outcome, class Trial, class Describe>
Results<Outcome> run_trials(const Plan& plan, const Trial& trial, const Describe& describe) {
  const std::vector<CellKind> cells = plan.cells();
  std::vector<std::optional<Outcome>> outcomes(cells.size() * plan.seeds);
  std::exception_ptr failure;
  TrialStatus status;
  const auto work = [&](std::size_t index) {
    const CellKind cell = cells[index / plan.seeds];
    const std::uint64_t seed = 1 + index % plan.seeds;
    const std::string name = name_of_trial(cell, seed);
    try {
      const auto progress = [&](const Outcome& now) { status.show([&] { return name + describe(now); }); };
      outcomes[index] = trial(cell, seed, progress);
    } catch (...) {
      rethrow_as_of(cell, seed);
    }
    status.say(name + describe(*outcomes[index]));
  };
  try {
    deal_trials(outcomes.size(), plan.threads, work);
  } catch (...) {
    failure = std::current_exception();
  }
  return {gather(cells, outcomes), failure};
}

}  // namespace experiment
