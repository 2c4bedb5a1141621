#pragma once

#include <unroll/models/records/running_mean.hpp>
#include <unroll/models/trainer/part_learner.hpp>
#include <unroll/models/trainer/process_agreement.hpp>
#include <unroll/models/trainer/shared_clock.hpp>
#include <unroll/models/trainer/trainer_options.hpp>
#include <unroll/models/trainer/trainer_state.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// One training from its first update to its last, apart from how a batch is read and recorded: when it ends, what an
/// update does to the weights, when the model is judged and kept, and who is told. For the trainer.
///
/// Where several processes train together, all of them come to the same decisions: what depends on a clock, a signal, a
/// file or a function of the user is asked in the first, or in each, and told to all. Only the first writes and speaks.
namespace unroll::inline v0::detail {

template <class Scalar>
class TrainingCourse {
 public:
  /// Keeps references. `save` writes the model to a file.
  TrainingCourse(TrainerState<Scalar>& trainer, const FitOptions& options, std::size_t batches_in_epoch,
                 std::function<void()> save);

  void begin();
  bool goes_on() const;

  /// Before the batches of an update: looks up its learning rate.
  void begin_update();
  /// Where the next batch is.
  std::uint64_t epoch() const { return epoch_; }
  std::uint64_t batch() const { return batch_; }
  void go_to_next_batch();
  /// The noise of a batch, to be split by part.
  Random noise_of_batch(std::uint64_t epoch, std::uint64_t batch) const;

  /// Noise on the weights, as long as the object lives.
  class Noisy {
   public:
    explicit Noisy(TrainingCourse& course);
    ~Noisy();
    Noisy(const Noisy&) = delete;
    Noisy& operator=(const Noisy&) = delete;

   private:
    TrainingCourse& course_;
  };

  /// Moves the weights by the gradients of the parameters, which are those of a sum over `sum.learned` items. Throws
  /// NumericalError when one is not finite.
  void update(const PartSum& sum);
  /// In place of an update whose numbers were not finite: zeroes the gradients, or throws AnomalyError when no update
  /// may be skipped. `find` searches the batch.
  void skip(const NumericalError& error, const PartSum& sum, const std::function<std::vector<Anomaly>()>& find);
  /// After each update: evaluates if that is due, and returns whether it was.
  bool end_update();
  /// Throws Error unless all processes have the same weights.
  void expect_same_weights() const {
    detail::expect_same_weights(trainer_.communicator(), trainer_.parameters, updates_);
  }
  /// Whether a checkpoint is due; `save_checkpoint` writes it, and warns if that fails.
  bool checkpoint_is_due() const;
  void save_checkpoint(const std::function<void()>& write);
  /// Calls visit(name, value) for every number that a resumed training needs.
  void for_each_state(auto&& visit) {
    visit("epoch", epoch_), visit("batch", batch_), visit("updates", updates_), visit("items", items_);
    visit("skipped", skipped_), visit("skipped_in_a_row", skipped_in_a_row_);
    visit("seconds", clock_.seconds_before), visit("evaluation_seconds", evaluation_seconds_);
    loss_.for_each_state([&](const std::string& name, double& value) { visit("loss." + name, value); });
    visit("best_loss", best_loss_), visit("best_update", best_update_), visit("evaluations", evaluations_);
    visit("evaluations_without_progress", evaluations_without_progress_);
    visit("kept", kept_), visit("good_enough", good_enough_);
    visit("last_evaluation.epochs", last_evaluation_.epochs),
        visit("last_evaluation.updates", last_evaluation_.updates);
    visit("last_evaluation.items", last_evaluation_.items), visit("last_evaluation.seconds", last_evaluation_.seconds);
    if (schedule_)
      schedule_->for_each_state([&](const std::string& name, auto& value) { visit("schedule." + name, value); });
  }
  /// After the last update: judges the model and saves a checkpoint. A training that a signal has ended, and that can
  /// be resumed, is not judged: it will be when it would have been without the signal.
  TrainingReport end(const std::function<void()>& write_checkpoint);

 private:
  TrainingSpent spent() const;
  bool is_first() const { return trainer_.communicator().is_first(); }
  void tell_all(auto event, const auto&... record) const {
    if (is_first()) tell(options_.observers, event, record...);
  }
  double progress() const;
  std::string where_kept() const;
  void tell_update(const PartSum& sum, double gradient_norm, bool skipped);
  void evaluate();
  void judge();
  void with_average(const std::function<void()>& work);
  bool is_due(const TrainingAmount& amount, const TrainingSpent& last) const;
  void finish();
  bool keep();
  void say(const std::string& text);
  const char* end_reason() const;

  TrainerState<Scalar>& trainer_;
  const FitOptions& options_;
  std::size_t batches_;
  std::function<void()> save_;
  std::optional<WarmUp<AnySchedule>> schedule_;
  SharedClock clock_;

  std::uint64_t epoch_ = 0;
  std::uint64_t batch_ = 0;
  std::uint64_t updates_ = 0, items_ = 0, skipped_ = 0, skipped_in_a_row_ = 0;
  double evaluation_seconds_ = 0;
  double rate_ = 0;  // of the update under way
  RunningMean loss_;
  double best_loss_ = std::numeric_limits<double>::infinity();
  std::uint64_t best_update_ = 0, evaluations_ = 0, evaluations_without_progress_ = 0;
  TrainingSpent last_evaluation_, last_checkpoint_;
  std::string checkpoint_failed_;  // why the checkpoint is not of the last update that it should be of
  // Truths, as numbers for a checkpoint.
  std::uint64_t good_enough_ = 0;  // stop_when has said so
  std::uint64_t kept_ = 0;         // the model file is this training's
  std::string keeping_failed_;     // why the file does not hold the best model
};

}  // namespace unroll::inline v0::detail
