#pragma once

#include <unroll/models/records/records.hpp>
#include <unroll/models/records/running_mean.hpp>
#include <unroll/models/records/status_line.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

namespace unroll::inline v0 {

/// Where a training is.
struct ProgressState {
  double progress = 0;          ///< The fraction of the budget that is used, 0 to 1.
  double epoch = 0;             ///< Passes over the data so far.
  double loss = 0;              ///< Recent mean.
  double items_per_second = 0;  ///< Over all.
  double seconds_left = 0;      ///< Negative: not known.
};

/// The words of a progress line.
struct ProgressWords {
  std::string items = "items";  ///< What a training learns from: "chars", "examples".
  /// Adds to a line what a loss means, such as "  2.197 bits/char". The line has room for some more letters, so that it
  /// need not touch the heap.
  std::function<void(std::string& line, double loss)> explain_loss = {};
};

/// Makes "[=====>    ]  42 %  loss 1.523  23.4 k items/s  1:23 left  epoch 0.84", as wide as `columns`; where these
/// leave no room for a bar, the numbers alone.
void make_progress_bar(std::string& bar, const ProgressState& state, std::size_t columns,
                       const ProgressWords& words = {});
/// Makes one plain line that says the same: " 42 %  epoch 0.84  loss 1.523  ...".
void make_progress_line(std::string& line, const ProgressState& state, const ProgressWords& words = {});

/// How a ConsoleProgress looks.
struct ConsoleProgressOptions {
  ProgressWords words = {};       ///< Of the bar and the lines.
  StatusLineOptions status = {};  ///< Where they go.
};

/// Shows a training on a terminal as a bar, five times a second, and elsewhere as a line every ten seconds. Evaluations
/// get a line that stays: " 42 %  held-out loss 1.6120, the best so far".
///
///     TrainingObserver console = observer_of<ConsoleProgress>();
class ConsoleProgress {
 public:
  /// Writes to standard error, unless the options say otherwise.
  explicit ConsoleProgress(ConsoleProgressOptions options = {});

  void on_begin(const TrainingStart& start);               ///< Counts from here.
  void on_update(const UpdateRecord& record);              ///< Shows where the training is, when it is time.
  void on_evaluation(const EvaluationRecord& record);      ///< Says the held-out loss.
  void on_message(const std::string& text) { say(text); }  ///< Says it.
  void on_end() { status_.clear(); }                       ///< Removes the bar.

  /// Whether it is time to show something; for a loop of one's own.
  bool due(double seconds) const { return status_.due(seconds); }
  /// Shows a state, whether it is time or not.
  void show(const ProgressState& state, double seconds);
  /// A line that stays.
  void say(std::string_view text) { status_.say(text); }

 private:
  ConsoleProgressOptions options_;
  StatusLine status_;
  std::string text_;  // kept for its memory
  TrainingStart start_;
  RunningMean loss_;
  std::uint64_t items_ = 0;
  double evaluation_seconds_ = 0, last_update_ = 0;
  double best_ = std::numeric_limits<double>::infinity();
};

}  // namespace unroll::inline v0
