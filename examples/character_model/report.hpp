#pragma once

#include <cstdint>
#include <optional>
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
  std::optional<double> validation_loss;  // of the model that was kept; none without held-out text
  std::string judged;                     // on what that is: "state carried on", "windows of 64 from zeros"
  double training_loss;                   // mean over about the last hundred updates
  std::uint64_t characters, updates;
  std::uint64_t k1, k2;  // steps between two updates, and steps that an update goes back over
  std::uint64_t parameters;
  double epochs;
  double seconds;                // in all, evaluations included
  double characters_per_second;  // while training, evaluations not included
  std::string model;             // the file
  std::string ended_by;          // "budget", "patience", "SIGINT", "SIGTERM" or "SIGHUP"
};

std::string to_text(const EvaluationReport& report);
std::string to_json(const EvaluationReport& report);
std::string to_text(const TrainingReport& report);
std::string to_json(const TrainingReport& report);

}  // namespace character_model
