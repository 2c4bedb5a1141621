#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>
#include <unroll/models/trainer/divergence.hpp>
#include <unroll/models/trainer/training_course.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

namespace unroll::inline v0::detail {

template <class Scalar>
TrainingCourse<Scalar>::TrainingCourse(TrainerState<Scalar>& trainer, const FitOptions& options,
                                       std::size_t batches_in_epoch, std::function<void()> save)
    : trainer_(trainer),
      options_(options),
      batches_(batches_in_epoch),
      save_(std::move(save)),
      clock_(trainer.communicator(), options.stop_on_signals) {
  check_options(options);
  if (batches_ == 0) throw ArgumentError("fit: the source has no batches, expected at least 1 in an epoch");
  if (trainer.options.schedule) schedule_.emplace(*trainer.options.schedule, WarmUpOptions{trainer.options.warm_up});
}

template <class Scalar>
void TrainingCourse<Scalar>::begin() {
  clock_.begin();
  last_checkpoint_ = spent();
  const bool is_gone = is_first() && !options_.keep_best.empty() && !std::filesystem::exists(options_.keep_best);
  if (trainer_.communicator().of_first(is_gone)) kept_ = 0;
  trainer_.parameters.zero_gradients();
  tell_all(&TrainingObserver::on_begin, TrainingStart{updates_, spent().epochs, spent().seconds, progress()});
  const std::size_t processes = trainer_.communicator().processes(), parts = trainer_.options.parts;
  if (processes > parts)
    say(fmt::format("warning: a batch has {}, so that {} of {} processes have nothing to do; raise the parts",
                    counted(parts, "part"), processes - parts, processes));
}

template <class Scalar>
TrainingSpent TrainingCourse<Scalar>::spent() const {
  const double epochs = static_cast<double>(epoch_) + static_cast<double>(batch_) / static_cast<double>(batches_);
  return {epochs, updates_, items_, clock_.seconds()};
}

template <class Scalar>
double TrainingCourse<Scalar>::progress() const {
  return std::min(1.0, fraction_of(trainer_.options.budget, spent()));
}

template <class Scalar>
const char* TrainingCourse<Scalar>::end_reason() const {
  if (clock_.signal() != 0) return "signal";
  if (good_enough_ != 0) return "stop_when";
  if (options_.patience > 0 && evaluations_without_progress_ >= options_.patience) return "patience";
  if (fraction_of(trainer_.options.budget, spent()) >= 1) return "budget";
  return nullptr;
}

template <class Scalar>
bool TrainingCourse<Scalar>::goes_on() const {
  return end_reason() == nullptr;
}

template <class Scalar>
void TrainingCourse<Scalar>::go_to_next_batch() {
  if (++batch_ == batches_) batch_ = 0, ++epoch_;
}

template <class Scalar>
Random TrainingCourse<Scalar>::noise_of_batch(std::uint64_t epoch, std::uint64_t batch) const {
  return Random(trainer_.options.seed).split(1).split(epoch).split(batch);
}

template <class Scalar>
TrainingCourse<Scalar>::Noisy::Noisy(TrainingCourse& course) : course_(course) {
  auto& trainer = course.trainer_;
  trainer.weight_noise.add(trainer.parameters, Random(trainer.options.seed).split(3).split(course.updates_));
}
template <class Scalar>
TrainingCourse<Scalar>::Noisy::~Noisy() {
  course_.trainer_.weight_noise.remove();
}

// ---- an update -----------------------------------------------------------------------------------------------------

template <class Scalar>
void TrainingCourse<Scalar>::begin_update() {
  rate_ = schedule_ ? schedule_->rate(progress()) : trainer_.options.optimizer.learning_rate();
}

template <class Scalar>
void TrainingCourse<Scalar>::update(const PartSum& sum) {
  auto& [options, parameters, team, reducer, average, weight_noise] = trainer_;
  if (!std::isfinite(sum.loss)) throw NumericalError(fmt::format("the loss is {}", nonfinite_text(sum.loss)));
  if (sum.items == 0) throw ArgumentError("fit: a batch has no items (count is 0 in all its parts)");
  take_mean(parameters, std::max<std::size_t>(sum.learned, 1), team);
  // Throws for gradients that are not finite, even without a limit.
  const double norm = clip_gradient_norm(parameters, options.clip_norm, team).norm;
  options.optimizer.set_learning_rate(rate_);
  options.optimizer.update(parameters, team);
  if (average) average->add(parameters);
  skipped_in_a_row_ = 0;
  loss_.add(sum.loss / static_cast<double>(sum.items));
  tell_update(sum, norm, false);
}

template <class Scalar>
void TrainingCourse<Scalar>::skip(const NumericalError& error, const PartSum& sum,
                                  const std::function<std::vector<Anomaly>()>& find) {
  trainer_.parameters.zero_gradients();
  if (skipped_in_a_row_ < trainer_.options.skip_nonfinite) {
    ++skipped_, ++skipped_in_a_row_;
    return tell_update(sum, std::numeric_limits<double>::quiet_NaN(), true);
  }
  refuse_divergence({updates_ + 1, rate_, skipped_in_a_row_, error.what(), where_kept()}, find,
                    trainer_.communicator());
}

template <class Scalar>
std::string TrainingCourse<Scalar>::where_kept() const {
  if (kept_ == 0) return "no model has been kept";
  return fmt::format("the best model so far is in {}", quoted(options_.keep_best.string()));
}

template <class Scalar>
void TrainingCourse<Scalar>::tell_update(const PartSum& sum, double gradient_norm, bool skipped) {
  ++updates_, items_ += sum.items;
  if (options_.observers.empty()) return;
  const TrainingSpent now = spent();
  tell_all(&TrainingObserver::on_update, UpdateRecord{.update = updates_,
                                                      .epoch = now.epochs,
                                                      .seconds = clock_.seconds_here(),
                                                      .progress = progress(),
                                                      .loss = sum.loss / static_cast<double>(sum.items),
                                                      .learning_rate = rate_,
                                                      .gradient_norm = gradient_norm,
                                                      .items = sum.items,
                                                      .skipped = skipped});
}

// ---- evaluations ---------------------------------------------------------------------------------------------------

/// Fractions of an epoch do not add up exactly: what is late by rounding is due.
template <class Scalar>
bool TrainingCourse<Scalar>::is_due(const TrainingAmount& amount, const TrainingSpent& last) const {
  return fraction_of(amount, spent().since(last)) >= 1 - 1e-9;
}

template <class Scalar>
bool TrainingCourse<Scalar>::end_update() {
  clock_.look();
  const bool due = is_due(options_.evaluate_every, last_evaluation_);
  if (due) evaluate();
  return due;
}

/// Does something to the model with the averaged weights in it, if there are any.
template <class Scalar>
void TrainingCourse<Scalar>::with_average(const std::function<void()>& work) {
  auto& average = trainer_.average;
  auto& parameters = trainer_.parameters;
  if (!average) return work();
  average->exchange(parameters);
  try {
    work();
  } catch (...) {
    average->exchange(parameters);
    throw;
  }
  average->exchange(parameters);
}

template <class Scalar>
void TrainingCourse<Scalar>::evaluate() {
  expect_same_weights();
  const double before = clock_.seconds_here();
  with_average([&] { options_.validate ? judge() : static_cast<void>(keep()); });
  clock_.look();
  last_evaluation_ = spent();
  evaluation_seconds_ += clock_.seconds() - before;
}

template <class Scalar>
void TrainingCourse<Scalar>::judge() {
  Evaluation found = options_.validate();
  found.loss = trainer_.communicator().of_first(found.loss);
  if (!std::isfinite(found.loss))
    throw NumericalError(
        fmt::format("fit: the held-out loss is {} after {}", nonfinite_text(found.loss), counted(updates_, "update")));
  ++evaluations_;
  if (schedule_) schedule_->observe(found.loss);
  const bool better = found.loss < best_loss_;
  evaluations_without_progress_ = better ? 0 : evaluations_without_progress_ + 1;
  if ((better || kept_ == 0) && keep() && better) best_loss_ = found.loss, best_update_ = updates_;
  const EvaluationRecord record{.update = updates_,
                                .epoch = spent().epochs,
                                .seconds = clock_.seconds_here(),
                                .progress = progress(),
                                .loss = found.loss,
                                .best = better,
                                .figures = found.figures};
  tell_all(&TrainingObserver::on_evaluation, record);
  const bool is_good_enough = options_.stop_when && options_.stop_when(record);
  good_enough_ = trainer_.communicator().of_first(is_good_enough) ? 1 : 0;
}

/// Saves the model; on failure it warns, and the next evaluation tries again.
template <class Scalar>
bool TrainingCourse<Scalar>::keep() {
  if (!save_) return true;
  std::string failure;
  try {
    if (is_first()) save_();
  } catch (const IoError& error) {
    failure = error.what();
    say(fmt::format("warning: the model is not kept: {}", failure));
  }
  keeping_failed_ = trainer_.communicator().of_first(failure);
  if (keeping_failed_.empty()) kept_ = 1;
  return keeping_failed_.empty();
}

template <class Scalar>
void TrainingCourse<Scalar>::say(const std::string& text) {
  tell_all(&TrainingObserver::on_message, text);
}

// ---- checkpoints ---------------------------------------------------------------------------------------------------

template <class Scalar>
bool TrainingCourse<Scalar>::checkpoint_is_due() const {
  return !options_.checkpoint.path.empty() && is_due(options_.checkpoint.every, last_checkpoint_);
}

template <class Scalar>
void TrainingCourse<Scalar>::save_checkpoint(const std::function<void()>& write) {
  if (options_.checkpoint.path.empty()) return;
  tell_all(&TrainingObserver::on_checkpoint);
  clock_.settle();
  std::string failure;
  try {
    write();
  } catch (const IoError& error) {
    failure = error.what();
    say(fmt::format("warning: no checkpoint is saved: {}", failure));
  }
  checkpoint_failed_ = trainer_.communicator().of_first(failure);
  clock_.look();
  last_checkpoint_ = spent();
}

// ---- the end -------------------------------------------------------------------------------------------------------

template <class Scalar>
void TrainingCourse<Scalar>::finish() {
  const bool goes_on_later = clock_.signal() != 0 && !options_.checkpoint.path.empty();
  if (clock_.signal() != 0)
    say(fmt::format("{}: the update is finished; {}", signal_name(clock_.signal()),
                    goes_on_later ? "saving a checkpoint" : "keeping the model"));
  const bool is_missing = save_ && kept_ == 0 && keeping_failed_.empty();
  if (!goes_on_later && (last_evaluation_.updates != updates_ || is_missing)) evaluate();
  // Until an evaluation has found a best model, the latest one is better than none.
  if (goes_on_later && (!options_.validate || kept_ == 0)) with_average([&] { keep(); });
}

template <class Scalar>
TrainingReport TrainingCourse<Scalar>::end(const std::function<void()>& write_checkpoint) {
  const std::string reason = end_reason();
  const int signal = clock_.signal();  // one that arrives from now on has nothing more to end
  finish();
  save_checkpoint(write_checkpoint);
  if (!checkpoint_failed_.empty()) throw IoError(checkpoint_failed_);
  if (!keeping_failed_.empty()) throw IoError(keeping_failed_);
  tell_all(&TrainingObserver::on_end);
  TrainingReport report{.spent = spent(),
                        .loss = loss_.value(),
                        .best_update = best_update_,
                        .evaluations = evaluations_,
                        .skipped = skipped_,
                        .evaluation_seconds = evaluation_seconds_,
                        .ended_by = signal != 0 ? std::string(signal_name(signal)) : reason,
                        .signal = signal};
  if (evaluations_ > 0) report.best_loss = best_loss_;
  return report;
}

template class TrainingCourse<float>;
template class TrainingCourse<double>;

}  // namespace unroll::inline v0::detail
