#pragma once

#include <unroll/framework/optimizers/any_optimizer.hpp>
#include <unroll/framework/optimizers/schedule.hpp>
#include <unroll/framework/processes/communicator.hpp>
#include <unroll/framework/processes/reducer.hpp>
#include <unroll/models/records/records.hpp>
#include <unroll/models/trainer/training_amount.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

/// How a Trainer learns. Everything here but `threads` and `communicator` decides which model comes out, to the bit;
/// the budget does where a schedule follows it.
template <class Scalar = float>
struct TrainerOptions {
  AnyOptimizer<Scalar> optimizer = Adam<Scalar>();  ///< The rule of an update; one of your own too.
  /// The learning rate over the budget; empty: the optimizer's own, throughout.
  std::optional<AnySchedule> schedule = {};
  double warm_up = 0;          ///< The fraction of the budget over which the schedule's rate rises from 0; [0, 1).
  TrainingAmount budget = {};  ///< How long a training lasts, which the schedule follows; with at least one limit.
  /// Gradients of a larger Euclidean norm are scaled down to it; above 0.
  double clip_norm = std::numeric_limits<double>::infinity();
  std::size_t accumulate = 1;  ///< How many batches an update adds up; at least 1.
  /// How many parts a batch is cut into; at least 1. Each part is recorded on a tape of its own, by one of the threads
  /// of one of the processes, and their gradients are added over a fixed tree of the parts: threads beyond this number
  /// have nothing to do, and fewer sequences in a part make its products slower.
  std::size_t parts = 2;
  /// Of each process; 0: as many as the machine runs at once. Never more than its parts. Changes no bit.
  std::size_t threads = 0;
  /// The processes that train the model together, each with a Trainer of the same options, a model of the same weights,
  /// and the same data. Changes no bit.
  Communicator communicator = {};
  /// `fast` sums gradients in an order that depends on the number of processes, and so does the model.
  SumOrder sum_order = SumOrder::fixed;
  std::uint64_t seed = 1;  ///< Of the order of the data, dropout and weight noise.
  /// Updates in a row that may be skipped because a loss or a gradient is not finite; 0: the first one is an error.
  std::uint64_t skip_nonfinite = 0;
  /// The decay of the moving average of the weights that is evaluated and kept in place of the last weights
  /// (moving_average.hpp); [0, 1), and 0 for none.
  double average_decay = 0;
  double weight_noise = 0;  ///< The deviation of noise on the weights (weight_noise.hpp); at least 0.
};

/// What an evaluation on held-out data says. A number alone is a loss.
struct Evaluation {
  double loss;                                               ///< Lower is better.
  std::vector<std::pair<std::string, double>> figures = {};  ///< Others, by name, for the records.

  /// A loss, and nothing else.
  Evaluation(double held_out_loss) : loss(held_out_loss) {}
  /// A loss and more.
  Evaluation(double held_out_loss, std::vector<std::pair<std::string, double>> others)
      : loss(held_out_loss), figures(std::move(others)) {}
};

/// Where and when a training saves what it needs to go on after an interruption.
struct CheckpointOptions {
  std::filesystem::path path = {};         ///< The file, written over and over; empty: no checkpoints.
  TrainingAmount every = {.seconds = 60};  ///< How much training lies between two, and may be lost.
};

/// What a training does beside learning.
struct FitOptions {
  std::function<Evaluation()> validate = {};      ///< Judges the model on held-out data; empty: nothing is held out.
  TrainingAmount evaluate_every = {.epochs = 1};  ///< How much training lies between two evaluations; empty: all of it.
  std::uint64_t patience = 0;  ///< Training ends after so many evaluations in a row without a better loss; 0: never.
  /// Asked after each evaluation whether the model is good enough, which ends the training; empty: it never is.
  std::function<bool(const EvaluationRecord&)> stop_when = {};
  /// The file for the model with the best held-out loss so far, or, when nothing is held out, the latest one. Empty: no
  /// file.
  std::filesystem::path keep_best = {};
  std::map<std::string, std::string> metadata = {};  ///< Goes into that file.
  /// Writes the model as it is now into that file; empty: as save_module does, with the metadata.
  std::function<void(const std::filesystem::path&)> save = {};
  CheckpointOptions checkpoint = {};  ///< Also saved when the training ends, by a signal or otherwise.
  /// A checkpoint to go on from, usually checkpoint.path itself; empty: the training begins anew. The model, the data,
  /// the trainer's options and evaluate_every must be the same; budget, threads, patience and stop_when may be others.
  std::filesystem::path resume = {};
  /// Settings of the program that decide which model comes out: they go into the checkpoint, and must be the same when
  /// it is resumed. {{"text", sha256_of_file(path)}, {"hidden", "256"}}
  std::map<std::string, std::string> settings = {};
  std::vector<TrainingObserver> observers = {};  ///< Who is told of updates and evaluations.
  bool stop_on_signals = true;  ///< Whether SIGINT, SIGTERM and SIGHUP end the training after the update.
};

/// What a training came to.
struct TrainingReport {
  TrainingSpent spent = {};              ///< All of it, with what was before a resumed checkpoint.
  double loss = 0;                       ///< The mean loss of the last hundred updates or so.
  std::optional<double> best_loss = {};  ///< The lowest held-out loss; empty when nothing was held out.
  std::uint64_t best_update = 0;         ///< After how many updates it was found.
  std::uint64_t evaluations = 0;         ///< How many there were.
  std::uint64_t skipped = 0;             ///< Updates that were skipped.
  double evaluation_seconds = 0;         ///< The part of the time that evaluations took.
  std::string ended_by = {};             ///< "budget", "patience", "stop_when", or a signal: "SIGINT".
  int signal = 0;                        ///< The signal's number; 0 for none.
};

}  // namespace unroll::inline v0
