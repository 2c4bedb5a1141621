#pragma once

#include "console/status_line.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

/// Experiments that are many independent trials: another seed, another cell.
namespace console {

/// Calls `work(trial)` once for each trial 0, 1, ... trials - 1, each on one of so many threads, 0 being all of the
/// machine, and returns when all have returned. What one of them throws is thrown here then. Threads share nothing, so
/// a trial gives the same numbers whatever their number.
void run_trials(std::size_t trials, std::size_t threads, const std::function<void(std::size_t)>& work);

/// A status line that several threads tell.
class TrialStatus {
 public:
  /// Where a trial is; most of what is told is never seen.
  void show(const std::function<std::string()>& text);
  /// A line that stays.
  void say(const std::string& text);

 private:
  std::mutex mutex_;
  StatusLine line_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace console
