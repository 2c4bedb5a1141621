#pragma once

#include <unroll/framework/files/module_file.hpp>
#include <unroll/framework/threads/gradient_sum.hpp>
#include <unroll/models/trainer/part_learner.hpp>
#include <unroll/models/trainer/trainer_options.hpp>
#include <unroll/models/trainer/training_course.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

namespace detail {

/// The parts of each batch, shared out among the threads of a team.
template <class Scalar, class Source, class Loss>
class Parts {
 public:
  /// Keeps references.
  Parts(Source& source, const Loss& loss, TrainerState<Scalar>& trainer) : source_(source), trainer_(trainer) {
    sums_.resize(trainer.options.parts);
    tapes_.addresses.reserve(trainer.options.parts);
    for (std::size_t part = 0; part < sums_.size(); ++part)
      learners_.push_back(std::make_unique<PartLearner<Scalar, Source, Loss>>(loss));
  }

  /// Reads and learns a batch, and adds its gradients to those of the parameters. A sum that is not finite has added
  /// none.
  PartSum learn(std::uint64_t epoch, std::size_t batch, const Random& noise) {
    if (epoch_ != epoch)
      source_.begin_epoch(Random(trainer_.options.seed).split(2).split(epoch)), epoch_ = epoch;
    const std::size_t parts = learners_.size();
    trainer_.team.run([&](std::size_t member) {
      for (std::size_t part = member; part < parts; part += trainer_.team.size())
        sums_[part] = learners_[part]->learn(source_, batch, {part, parts}, noise.split(part), trainer_.parameters);
    });
    PartSum sum;
    for (const PartSum& part : sums_) sum += part;
    if (std::isfinite(sum.loss)) add_gradients_of_parts();
    return sum;
  }

  /// Searches the last batch part by part.
  std::vector<Anomaly> find_anomalies() {
    const FlushDenormals flush;  // as the team does
    for (const auto& learner : learners_)
      if (auto found = learner->find_anomalies(trainer_.parameters); !found.empty()) return found;
    return {};  // each part is finite: then their sum is not, or a gradient from before this batch (k2 > k1)
  }
  void forget_last() {
    for (const auto& learner : learners_) learner->forget_last();
  }

 private:
  struct TapeAddresses {
    std::vector<const Tape<Scalar>*> addresses;
    std::size_t size() const { return addresses.size(); }
    const Tape<Scalar>& operator[](std::size_t index) const { return *addresses[index]; }
  };

  void add_gradients_of_parts() {
    tapes_.addresses.clear();
    for (const auto& learner : learners_) learner->list_tapes(tapes_.addresses);
    add_gradients(tapes_, trainer_.parameters, trainer_.team);
  }

  Source& source_;
  TrainerState<Scalar>& trainer_;
  std::vector<std::unique_ptr<PartLearner<Scalar, Source, Loss>>> learners_;  // tapes do not move
  std::vector<PartSum> sums_;
  TapeAddresses tapes_;
  std::optional<std::uint64_t> epoch_;  // whose order the source has
};

}  // namespace detail

/// Trains any model on any loss and any source of batches: it reads batches, records and sweeps them on several
/// threads, clips, updates, evaluates, keeps the best model, and stops in time.
///
///     Trainer trainer(model, {.optimizer = Adam<>({.learning_rate = 2e-3}), .budget = {.epochs = 10}, .clip_norm = 1});
///     const auto loss_of = [&](Tape<>& tape, const Batch& batch) {
///       return mean_squared_error(model(tape.constant(batch.inputs)), batch.targets);
///     };
///     const TrainingReport report = trainer.fit(training, loss_of, {
///         .validate = [&] { return trainer.measure(held_out, loss_of); },
///         .patience = 5,
///         .keep_best = "model.safetensors"});
///
/// A loss is a function of a tape and a Batch, and of Noise where dropout needs it, to the mean over the batch's
/// `count` items; or a carried loss (carried_loss.hpp). Several threads call it at once, each with a tape of its own.
///
/// The same options, data and seed give the same model, to the bit, on any number of threads: a batch is cut into parts
/// whatever the threads are, and sums over a batch are taken part by part. From the third update on, an update
/// allocates nothing unless the loss, the source or an observer does.
template <class Scalar = float>
class Trainer {
 public:
  /// Keeps a reference to the model, which must outlive it and stay where it is. Throws ArgumentError for an option out
  /// of range, and for a budget without a limit.
  template <Module M>
  requires(!std::is_const_v<M>) explicit Trainer(M& model, TrainerOptions<Scalar> options)
      : state_(std::make_unique<detail::TrainerState<Scalar>>(std::move(options), Parameters<Scalar>(model))),
        save_([&model](const std::filesystem::path& path, std::map<std::string, std::string> metadata) {
          save_module(path, model, std::move(metadata));
        }) {}

  /// Trains until the budget is spent, patience has ended or a signal arrives. The optimizer goes on from the last fit.
  ///
  /// Throws ArgumentError for an option out of range; NumericalError when a loss or a gradient is not finite, with the
  /// update, the learning rate and the node that made the first such number (the weights are those before the update);
  /// IoError when the best model could not be kept; and what the source, the loss and the functions of the options
  /// throw.
  template <BatchSource Source, class Loss>
  TrainingReport fit(Source& source, const Loss& loss, const FitOptions& options = {}) {
    detail::Parts<Scalar, Source, Loss> parts(source, loss, *state_);
    detail::TrainingCourse<Scalar> course(*state_, options, source.batches(), saver(options));
    course.begin();
    do {
      detail::PartSum sum;
      course.begin_update();
      try {
        learn_batches(parts, course, sum);
        course.update(sum);
      } catch (const NumericalError& error) {
        course.skip(error, sum, [&] { return parts.find_anomalies(); });
        parts.forget_last();
      }
      course.end_update();
    } while (course.goes_on());
    return course.end();
  }

  /// The mean loss over one epoch of a source, without learning; for held-out data. Noise is not given, so that dropout
  /// does nothing. Throws NumericalError when it is not finite.
  template <BatchSource Source, class Loss>
  double measure(Source& source, const Loss& loss) {
    return detail::measure_parts<Scalar>(source, loss, state_->options.parts, state_->team);
  }

  const Parameters<Scalar>& parameters() const { return state_->parameters; }  ///< Those of the model.
  Team& team() { return state_->team; }  ///< The threads, for work between updates.

 private:
  void learn_batches(auto& parts, detail::TrainingCourse<Scalar>& course, detail::PartSum& sum) {
    const typename detail::TrainingCourse<Scalar>::Noisy noisy(course);
    for (std::size_t i = 0; i < state_->options.accumulate; ++i) {
      sum += parts.learn(course.epoch(), course.batch(), course.noise_of_batch());
      course.go_to_next_batch();
    }
  }
  std::function<void()> saver(const FitOptions& options) const {
    if (options.keep || options.keep_best.empty()) return options.keep;
    return [this, &options] { save_(options.keep_best, options.metadata); };
  }

  std::unique_ptr<detail::TrainerState<Scalar>> state_;  // a team does not move
  std::function<void(const std::filesystem::path&, std::map<std::string, std::string>)> save_;
};

template <Module M>
Trainer(M&, TrainerOptions<float>) -> Trainer<float>;

}  // namespace unroll::inline v0
