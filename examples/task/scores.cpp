#include "task/scores.hpp"

#include <unroll/framework/errors/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace task {

namespace {

std::string number(const Score& score, double value) {
  return fmt::format("{:.{}f}{}{}", value, score.digits, score.unit.empty() ? "" : " ", score.unit);
}

void add(nlohmann::ordered_json& json, const Scores& scores) {
  for (const Score& score : scores.scores) {
    json[score.name] = score.model;
    if (score.baseline) json[score.name + ", " + scores.baseline] = *score.baseline;
  }
}

std::string line_of(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string to_text(const Scores& scores) {
  std::vector<std::array<std::string, 3>> rows{{"held out", "model", scores.baseline}};
  for (const Score& score : scores.scores)
    rows.push_back({score.name, number(score, score.model), score.baseline ? number(score, *score.baseline) : ""});
  std::array<std::size_t, 3> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& [name, model, baseline] : rows) {
    text += fmt::format("{:{}}  {:>{}}", name, widths[0], model, widths[1]);
    text += baseline.empty() ? "\n" : fmt::format("  {:>{}}\n", baseline, widths[2]);
  }
  return text;
}

std::string to_json(const Scores& scores) {
  nlohmann::ordered_json json;
  add(json, scores);
  return line_of(json);
}

std::string to_json(const Scores& scores, const unroll::TrainingReport& training) {
  nlohmann::ordered_json json;
  add(json, scores);
  json["training loss"] = training.loss;
  if (training.best_loss) json["validation loss"] = *training.best_loss;
  json["epochs"] = training.spent.epochs;
  json["updates"] = training.spent.updates;
  json["seconds"] = training.spent.seconds;
  json["ended by"] = training.ended_by;
  return line_of(json);
}

void expect_reached(const Scores& scores, std::optional<double> wanted) {
  if (!wanted) return;
  const Score& score = scores.scores.front();
  const bool lower = score.better == Better::lower;
  if (lower ? score.model <= *wanted : score.model >= *wanted) return;
  throw unroll::NumericalError(fmt::format(
      "{} is {}, expected at {} {} (--expect): the training was too short, or its flags do not suit the data",
      score.name, number(score, score.model), lower ? "most" : "least", number(score, *wanted)));
}

}  // namespace task
