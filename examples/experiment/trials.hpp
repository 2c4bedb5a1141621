#pragma once

#include "console/status_line.hpp"
#include "experiment/plan.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

/// An experiment is many independent trials: other cells, other seeds.
namespace experiment {

/// Calls `work(trial)` once for each trial 0, 1, ... trials - 1, each on one of so many threads, 0 being all of the
/// machine, and returns when all have returned. What one of them throws is thrown here then. Threads share nothing, so
/// that a trial gives the same numbers whatever their number.
void share_trials(std::size_t trials, std::size_t threads, const std::function<void(std::size_t)>& work);

/// A status line that several threads tell.
class TrialStatus {
 public:
  /// Where a trial is; most of it is never seen, hence a function.
  void show(const std::function<std::string()>& text);
  /// A line that stays.
  void say(const std::string& text);

 private:
  std::mutex mutex_;
  console::StatusLine line_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// The outcomes of one cell from all seeds.
template <class Outcome>
struct Row {
  CellKind cell;
  std::vector<Outcome> outcomes;
};

/// "gru  seed 3".
std::string name_of_trial(CellKind cell, std::uint64_t seed);

/// Makes all trials of a plan: trial(cell, seed, progress) gives an Outcome and calls progress(outcome) on its way,
/// which is told on standard error as `describe(outcome)`.
template <class Outcome, class Trial, class Describe>
std::vector<Row<Outcome>> run_trials(const Plan& plan, const Trial& trial, const Describe& describe) {
  std::vector<Row<Outcome>> rows;
  for (const CellKind cell : plan.cells()) rows.push_back({cell, std::vector<Outcome>(plan.seeds)});
  TrialStatus status;
  share_trials(rows.size() * plan.seeds, plan.threads, [&](std::size_t index) {
    auto& [cell, outcomes] = rows[index / plan.seeds];
    const std::uint64_t seed = 1 + index % plan.seeds;
    const std::string name = name_of_trial(cell, seed);
    Outcome& outcome = outcomes[seed - 1];
    outcome = trial(cell, seed, [&](const Outcome& now) { status.show([&] { return name + describe(now); }); });
    status.say(name + describe(outcome));
  });
  return rows;
}

}  // namespace experiment
