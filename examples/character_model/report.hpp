#pragma once

#include <unroll/models/records/console_progress.hpp>
#include <unroll/models/trainer/trainer_options.hpp>
#include <unroll/models/training/truncated.hpp>

#include <cstdint>
#include <string>

/// The reports that the commands print at their end: as text for people, or as one JSON object. Losses are in nats per
/// character.
namespace character_model {

struct EvaluationReport {
  double loss;
  std::string judged;  // on what: "state carried on", "windows of 64 from zeros"
  std::uint64_t characters;
  double seconds;
};

struct TrainingReport {
  unroll::TrainingReport training;
  std::string judged;  // on what its best loss is: "state carried on", "windows of 64 from zeros"
  unroll::Truncation truncation;
  std::uint64_t parameters;
  std::string model;  // the file

  double characters_per_second() const;  // while training, evaluations not included
};

std::string to_text(const EvaluationReport& report);
std::string to_json(const EvaluationReport& report);
std::string to_text(const TrainingReport& report);
std::string to_json(const TrainingReport& report);

/// How the progress of training looks on standard error: it counts characters, and shows the loss in bits too.
unroll::ConsoleProgressOptions progress_options();

}  // namespace character_model
