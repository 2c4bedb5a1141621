#pragma once

#include <unroll/framework/files/file_lock.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/framework/files/module_file.hpp>
#include <unroll/framework/files/training_state.hpp>
#include <unroll/models/trainer/batch_parts.hpp>
#include <unroll/models/trainer/measure.hpp>
#include <unroll/models/trainer/process_agreement.hpp>
#include <unroll/models/trainer/trainer_options.hpp>
#include <unroll/models/trainer/training_course.hpp>
#include <unroll/ops/instruction_set.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

/// Trains any model on any loss and any source of batches: it reads batches, records and sweeps them on several
/// threads, clips, updates, evaluates, keeps the best model, and stops in time.
///
///     Trainer trainer(model, {.optimizer = Adam<>({.learning_rate = 2e-3}), .budget = {.epochs = 10}, .clip_norm =
///     1}); const auto loss_of = [&](Tape<>& tape, const Batch& batch) {
///       return mean_squared_error(model(tape.constant(batch.inputs)), batch.targets);
///     };
///     const auto validate = [&] { return trainer.measure(held_out, loss_of); };
///     const auto report = trainer.fit(training, loss_of,
///                                     {.validate = validate, .patience = 5, .keep_best = "model.safetensors"});
///
/// A loss is a function of a tape and a Batch, and of Noise where dropout needs it, to the mean over the batch's
/// `count` items; or a carried loss (carried_loss.hpp). Several threads call it at once, each with a tape of its own.
///
/// The same options, data and seed give the same model, to the bit, on any number of threads and processes: a batch is
/// cut into parts whatever they are, and sums over a batch are taken part by part. From the third update on, an update
/// allocates nothing unless the loss, the source or an observer does.
///
/// Several processes, on one machine or more, train one model together when each is given a communicator (options): all
/// call the same functions in the same order; the first one writes the files, and its observers are told.
template <class Scalar = float>
class Trainer {
 public:
  /// Keeps a reference to the model, which must outlive it and stay where it is. Throws ArgumentError for an option out
  /// of range, and for a budget without a limit.
  template <Module M>
  requires(!std::is_const_v<M>) explicit Trainer(M& model, TrainerOptions<Scalar> options)
      : state_(std::make_unique<detail::TrainerState<Scalar>>(std::move(options), Parameters<Scalar>(model))),
        model_{.save = [&model](const auto& path, const auto& metadata) { save_module(path, model, metadata); },
               .add = [&model](SafetensorsFile& file) { add_module(file, model, "model."); },
               .load = [&model](const SafetensorsFile& file) { load_module(file, model, {.prefix = "model."}); }} {}

  /// Trains until the budget is spent, patience has ended or a signal arrives. The optimizer goes on from the last fit.
  ///
  /// Throws ArgumentError for an option out of range, and when processes have other options or data; Error when they
  /// have other weights; NumericalError when a loss or a gradient is not finite, with the update, the learning rate and
  /// the node that made the first such number (the weights are those before the update); IoError when the best model
  /// could not be kept; and what the source, the loss and the functions of the options throw.
  template <BatchSource Source, detail::LossOf<Scalar, typename Source::Batch> Loss>
  TrainingReport fit(Source& source, const Loss& loss, const FitOptions& options = {}) {
    const bool is_saved = !options.checkpoint.path.empty();
    std::optional<FileLock> lock;
    detail::Parts<Scalar, Source, Loss> parts(source, loss, *state_, is_saved);
    detail::TrainingCourse<Scalar> course(*state_, options, source.batches(), saver(options));
    detail::Settings settings;
    if (is_saved || !options.resume.empty() || !state_->communicator().is_alone())
      settings = settings_of(source, loss, options);  // it reads all tokens of a text
    expect_agreement(settings, source.batches(), options);
    if (is_saved)
      detail::text_of_first(state_->communicator(), [&] { return lock.emplace(options.checkpoint.path), ""; });
    if (!options.resume.empty())
      resume(detail::read_checkpoint(options.resume, settings, state_->communicator()), course, parts);
    const auto save = [&] { write(options.checkpoint.path, settings, course, parts); };
    for (course.begin(); course.goes_on();) {
      if (course.checkpoint_is_due()) course.save_checkpoint(save);
      learn_update(parts, course);
      if (course.end_update()) parts.forget_epoch();  // the evaluation may have read the source
    }
    return course.end(save);
  }

  /// The mean loss over one epoch of a source, without learning; for held-out data. As measure does (measure.hpp), with
  /// the trainer's parts, threads and processes, which all have to call it.
  template <BatchSource Source, detail::LossOf<Scalar, typename Source::Batch> Loss>
  double measure(Source& source, const Loss& loss) {
    return unroll::measure<Scalar>(source, loss, state_->reducer).loss;
  }

  const Parameters<Scalar>& parameters() const { return state_->parameters; }  ///< Those of the model.
  Team& team() { return state_->team; }  ///< The threads, for work between updates.
  /// Shares out the parts of a batch, and sums over them; for measurements of one's own.
  const Reducer<Scalar>& reducer() const { return state_->reducer; }

 private:
  using Course = detail::TrainingCourse<Scalar>;
  /// What it does with the whole model, of whatever type.
  struct WholeModel {
    std::function<void(const std::filesystem::path&, const std::map<std::string, std::string>&)> save;
    std::function<void(SafetensorsFile&)> add;
    std::function<void(const SafetensorsFile&)> load;
  };

  void learn_update(auto& parts, Course& course) {
    detail::PartSum sum;
    course.begin_update();
    try {
      learn_batches(parts, course, sum);
      course.update(sum);
    } catch (const NumericalError& error) {
      course.skip(error, sum, [&] {
        const typename Course::Noisy noisy(course);  // as the batch was recorded
        return parts.find_anomalies();
      });
      parts.forget_last();
    }
  }
  void learn_batches(auto& parts, Course& course, detail::PartSum& sum) {
    const typename Course::Noisy noisy(course);
    for (std::size_t i = 0; i < state_->options.accumulate && std::isfinite(sum.loss); ++i) {
      const std::uint64_t epoch = course.epoch(), batch = course.batch();
      course.go_to_next_batch();  // first: a batch that fails is not read again
      sum += parts.learn(epoch, batch, course.noise_of_batch(epoch, batch));
    }
  }
  std::function<void()> saver(const FitOptions& options) const {
    if (options.keep_best.empty()) return {};
    return [this, &options] {
      options.save ? options.save(options.keep_best) : model_.save(options.keep_best, options.metadata);
    };
  }
  detail::Settings settings_of(const auto& source, const auto& loss, const FitOptions& options) const {
    detail::Settings settings = detail::settings_of(state_->options);
    detail::add_settings(settings, "evaluate_every", options.evaluate_every);
    if constexpr (requires { loss.truncation; }) detail::add_settings(settings, loss.truncation);
    if constexpr (requires { source.settings(); })
      for (const auto& [name, value] : source.settings()) settings["batches." + name] = value;
    for (const auto& [name, value] : options.settings) settings["program." + name] = value;
    return settings;
  }

  /// Throws ArgumentError or Error unless all processes have the same settings and weights, and will do the same.
  void expect_agreement(detail::Settings settings, std::size_t batches, const FitOptions& options) const {
    if (state_->communicator().is_alone()) return;
    detail::add_settings(settings, "budget", state_->options.budget);
    detail::add_course(settings, options);
    settings["batches in an epoch"] = number_text(batches);
    settings["instructions"] = instruction_set();
    detail::expect_same_settings(state_->communicator(), settings);
    detail::expect_same_weights(state_->communicator(), state_->parameters, 0);
  }
  /// All processes call it together; the first one writes.
  void write(const std::filesystem::path& path, const detail::Settings& settings, Course& course, auto& parts) {
    course.expect_same_weights();
    SafetensorsFile file = detail::checkpoint_with(settings);
    parts.add_past(file);
    if (!state_->communicator().is_first()) return;
    model_.add(file);
    state_->add(file);
    add_training_state(file, course, "course.");
    write_safetensors(path, file);
  }
  /// A checkpoint that does not fit leaves the model as it was.
  void resume(const SafetensorsFile& file, Course& course, auto& parts) {
    const detail::WeightsUnlessDone<Scalar> before(state_->parameters);
    load_training_state(file, course, "course.");
    parts.load_past(file, [&](auto epoch, auto batch) { return course.noise_of_batch(epoch, batch); });
    state_->load(file);
    model_.load(file);
    course.expect_same_weights();
  }

  std::unique_ptr<detail::TrainerState<Scalar>> state_;  // a team does not move
  WholeModel model_;
};

template <Module M>
Trainer(M&, TrainerOptions<float>) -> Trainer<float>;

}  // namespace unroll::inline v0
