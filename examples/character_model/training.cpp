#include "character_model/training.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/models/records/csv_log.hpp>
#include <unroll/models/records/event_file.hpp>
#include <unroll/models/records/forgiving.hpp>
#include <unroll/models/records/training_page.hpp>
#include <unroll/models/trainer/shuffled_windows.hpp>
#include <unroll/models/trainer/stream_windows.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace character_model {

namespace {

/// Characters between two evaluations. An evaluation costs a third of training on the same text: training on ten times
/// the text in between keeps evaluation to a thirtieth of the time. None: only at the end.
unroll::TrainingAmount evaluation_interval(const TrainOptions& options, std::size_t validation) {
  const std::uint64_t chosen = options.evaluate_every.value_or(std::max<std::uint64_t>(100000, 10 * validation));
  if (chosen == 0) return {};
  return {.items = chosen};
}

unroll::TrainerOptions<> trainer_options(const TrainOptions& options) {
  return {.optimizer = unroll::make_optimizer(options.optimizer),
          .schedule = unroll::make_schedule(options.schedule, options.learning_rate).after(),
          .budget = options.budget,
          .clip_norm = options.clip,
          .parts = options.parts,
          .threads = options.threads,
          .communicator = options.processes,
          .sum_order = options.reduce,
          .seed = options.seed};
}

std::vector<unroll::TrainingObserver> observers_of(const TrainOptions& options) {
  if (!options.processes.is_first()) return {};  // logs are files, and so the first process's
  const auto console = std::make_shared<unroll::ConsoleProgress>(progress_options());
  std::vector<unroll::TrainingObserver> observers{unroll::observer_of(console)};
  if (options.log.empty()) return observers;
  const std::filesystem::path folder = options.log;
  // A full disk ends no training: the log has a gap.
  const auto add = [&](unroll::TrainingObserver log) {
    observers.push_back(unroll::forgiving(std::move(log), [console](std::string_view text) { console->say(text); }));
  };
  add(unroll::observer_of<unroll::EventFile>(folder));  // makes the folder
  add(unroll::observer_of<unroll::CsvLog>(folder / "training.csv"));
  add(unroll::observer_of<unroll::TrainingPage>(folder / "training.html"));
  return observers;
}

/// What decides which model comes out, beside the options of the trainer and the streams.
std::map<std::string, std::string> settings_of(const TrainOptions& options, const Description& description) {
  const Settings& settings = description.settings;
  return {{"cell", std::string(name_of(settings.cell))},      {"layers", unroll::number_text(settings.layers)},
          {"hidden", unroll::number_text(settings.hidden)},   {"embedding", unroll::number_text(settings.embedding)},
          {"dropout", unroll::number_text(settings.dropout)}, {"validation", unroll::number_text(options.validation)},
          {"bytes", options.bytes ? "true" : "false"}};
}

/// Trains on continuous streams of the text, or on windows of it that each begin from zeros.
template <class Model>
unroll::TrainingReport fit_text(unroll::Trainer<>& trainer, const TrainOptions& options, const unroll::Tokens& text,
                                const Model& model, const unroll::FitOptions& fit) {
  const auto loss = loss_of(model, options.truncation());
  if (options.state == WindowState::zeros) {
    unroll::ShuffledWindows windows(text, {.steps = options.steps, .batch = options.batch});
    return trainer.fit(windows, unroll::from_zeros(loss), fit);
  }
  unroll::StreamWindows windows(text, options.batch, loss.truncation);
  return trainer.fit(windows, loss, fit);
}

template <class Model>
TrainingReport train_chosen(const TrainOptions& options, const Description& description, const Split& parts,
                            Model& model) {
  unroll::Trainer trainer(model, trainer_options(options));
  unroll::FitOptions fit{.evaluate_every = evaluation_interval(options, parts.validation.size()),
                         .patience = options.patience,
                         .keep_best = options.model,
                         .save = [&](const auto& path) { save_model(path, model, description); },
                         .checkpoint = {.path = options.checkpoint, .every = {.seconds = options.checkpoint_every}},
                         .resume = options.resume,
                         .settings = settings_of(options, description),
                         .observers = observers_of(options)};
  if (!parts.validation.empty())
    fit.validate = [&] {
      return measure(trainer.team(), model, parts.validation, EvaluateOptions{}.batch, options.steps, options.state,
                     options.processes)
          .loss;
    };
  return {.training = fit_text(trainer, options, parts.training, model, fit),
          .judged = describe(options.state, options.steps),
          .truncation = options.truncation(),
          .parameters = trainer.parameters().count(),
          .model = options.model};
}

}  // namespace

TrainingReport train_model(const TrainOptions& options, const Description& description, const Split& parts,
                           AnyModel& model) {
  return std::visit([&](auto& chosen) { return train_chosen(options, description, parts, chosen); }, model);
}

}  // namespace character_model
