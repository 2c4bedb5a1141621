#pragma once

#include "task/scores.hpp"
#include "task/training_flags.hpp"
#include <unroll/framework/files/module_file.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace task {

/// What a task adds to a training.
struct Description {
  std::string program;                               // whose model it is
  std::string_view items = "examples";               // what it calls them
  std::map<std::string, std::string> metadata = {};  // goes into the model's file: what is needed to make it again
  std::map<std::string, std::string> settings = {};  // what else decides the outcome: a checkpoint's must be the same
  std::function<void()> finish = {};                 // changes the best model before it is kept; empty: nothing
};

/// Trains a model as the flags say, and leaves it as it was when it was best on what `validate` measures: a function of
/// the trainer that returns an unroll::Evaluation.
template <class Model, unroll::BatchSource Source, class Loss, class Validate>
unroll::TrainingReport train(const TrainingFlags& flags, const Description& description, Model& model, Source& source,
                             const Loss& loss, const Validate& validate) {
  unroll::Trainer trainer(model, trainer_options(flags));
  unroll::FitOptions fit = fit_options(flags, description.items);
  fit.validate = [&]() -> unroll::Evaluation { return validate(trainer); };
  fit.metadata = description.metadata;
  fit.metadata["program"] = description.program;
  fit.settings = description.settings;
  for (const auto& [name, value] : description.metadata) fit.settings[name] = value;
  const unroll::TrainingReport report = trainer.fit(source, loss, fit);
  if (!flags.communicator.is_first()) return report;
  unroll::load_module(flags.model, model);
  if (description.finish) description.finish(), unroll::save_module(flags.model, model, fit.metadata);
  return report;
}

/// Reads a model file of a program. Throws unroll::IoError when it cannot be read, and unroll::FileError when it is
/// damaged or of another program.
unroll::SafetensorsFile read_model(const std::string& path, std::string_view program);

/// Judges the model that a training has left, prints what it has come to, and returns the program's exit code: 128 +
/// signal when one has ended it. Throws unroll::NumericalError unless the first score is as good as `wanted`. Of
/// several processes only the first one does so.
int conclude(const TrainingFlags& flags, const unroll::TrainingReport& report, const std::function<Scores()>& judge,
             std::optional<double> wanted);

}  // namespace task
