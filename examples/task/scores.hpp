#pragma once

#include <unroll/models/trainer/trainer_options.hpp>

#include <optional>
#include <string>
#include <vector>

namespace task {

enum class Better { lower, higher };

/// How well a model does on held-out data, beside something simple.
struct Score {
  std::string name;  // "accuracy"
  double model;
  std::optional<double> baseline{};
  Better better = Better::lower;
  std::string unit{};  // behind the numbers: "%"
  int digits = 3;      // behind the point
};

/// What a model comes to on held-out data. The first score is the one that it is judged by.
struct Scores {
  std::string baseline;  // the name of what it is compared with: "no change"
  std::vector<Score> scores;
};

/// A table, a line for each score.
std::string to_text(const Scores& scores);

/// One object: {"accuracy": 91.2, "accuracy, majority": 65.8, ...}
std::string to_json(const Scores& scores);
/// The same, and what its training came to.
std::string to_json(const Scores& scores, const unroll::TrainingReport& training);

/// Throws unroll::NumericalError, which ends a program with 4, unless the first score is at least as good as `wanted`.
void expect_reached(const Scores& scores, std::optional<double> wanted);

}  // namespace task
