#pragma once

#include "character_model/learner.hpp"
#include "character_model/options.hpp"
#include "character_model/progress.hpp"
#include "character_model/report.hpp"
#include "character_model/signals.hpp"
#include <unroll/framework/optimizers/schedule.hpp>

#include <chrono>
#include <limits>

namespace character_model {

/// Trains a model until the budget is spent, patience has ended or a signal arrives, and keeps the best model in the
/// model file: the one with the lowest held-out loss, or the latest when no text is held out.
template <class Model>
class Training {
 public:
  /// Keeps references to all arguments but the options.
  Training(const TrainOptions& options, const Description& description, const Split& parts, Model& model,
           unroll::Team& team);

  /// Trains to the end. Throws unroll::NumericalError when training diverges, and unroll::IoError when the model could
  /// not be saved at the end; the message says what the model file holds.
  TrainingReport run();
  /// The signal that ended it, or 0.
  int signal() const { return signals_.received(); }

 private:
  using Clock = std::chrono::steady_clock;

  bool goes_on() const;
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }
  double training_seconds() const { return seconds() - evaluation_seconds_; }
  Spent spent() const;
  void step();
  void evaluate();
  void judge(double loss);
  bool keep();
  unroll::ProgressState progress_state() const;
  TrainingReport report() const;

  TrainOptions options_;
  const Description& description_;
  const Split& parts_;
  Model& model_;
  unroll::Team& team_;
  Streams streams_;
  Learner<Model> learner_;
  unroll::WarmUp<unroll::AnySchedule> schedule_;
  StopSignals signals_;
  unroll::ConsoleProgress progress_{progress_options()};
  Clock::time_point begin_ = Clock::now();
  double evaluation_seconds_ = 0;
  unroll::RunningMean loss_;
  double best_loss_ = std::numeric_limits<double>::infinity();
  std::uint64_t next_evaluation_, last_evaluation_ = 0, evaluations_without_progress_ = 0;
  bool kept_ = false;           // this training has written the model file
  std::string keeping_failed_;  // why the file does not hold the best model
};

extern template class Training<Rnn>;
extern template class Training<Lstm>;
extern template class Training<Gru>;

}  // namespace character_model
