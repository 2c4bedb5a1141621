#pragma once

#include <unroll/models/records/records.hpp>
#include <unroll/models/records/thinned_series.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace unroll::inline v0 {

/// The evaluation with the lowest held-out loss, the first of equal ones.
struct BestEvaluation {
  double loss = 0;           ///< The mean held-out loss.
  std::uint64_t update = 0;  ///< Updates before it.
};

/// What a training has told, thinned so that a million updates take no more memory than a thousand.
class TrainingHistory {
 public:
  /// Of a training that begins here.
  explicit TrainingHistory(const TrainingStart& start = {});

  void add(const UpdateRecord& record);      ///< Touches the heap no more.
  void add(const EvaluationRecord& record);  ///< Likewise.

  const ThinnedSeries& loss() const { return loss_; }                    ///< Of updates.
  const ThinnedSeries& held_out_loss() const { return held_out_loss_; }  ///< Of evaluations.
  const ThinnedSeries& learning_rate() const { return learning_rate_; }  ///< Of updates.
  const ThinnedSeries& gradient_norm() const { return gradient_norm_; }  ///< Of updates, where it is measured.
  const ThinnedSeries& skipped() const { return skipped_; }              ///< The updates that were skipped.
  const UpdateRecord& latest() const { return latest_; }                 ///< The latest update.
  /// Since it began, or was resumed; the time of evaluations does not count.
  double items_per_second() const;
  /// None before the first evaluation whose loss is finite.
  const std::optional<BestEvaluation>& best() const { return best_; }

  /// The history as JSON, without any `<` and `&`, so that a page can hold it.
  std::string to_json() const;
  /// The history of a training that begins here, with what another one told of its updates until there: to within one
  /// span of each series, and so is the best evaluation when the other one found a better one later. Text that to_json
  /// has not written, or that was changed, leaves it out.
  static TrainingHistory resumed(const TrainingStart& start, std::string_view json);

 private:
  TrainingStart start_;
  ThinnedSeries loss_, held_out_loss_, learning_rate_, gradient_norm_, skipped_;
  UpdateRecord latest_;
  std::optional<BestEvaluation> best_;
  std::uint64_t items_ = 0;
  double evaluation_seconds_ = 0;
};

}  // namespace unroll::inline v0
