#include "task/scores.hpp"

#include <unroll/framework/errors/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace task {

namespace {

std::string number(const Score& score, double value) { return fmt::format("{:.{}f}", value, score.digits); }

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
  std::size_t names = 0, models = 5, baselines = scores.baseline.size();
  for (const Score& score : scores.scores) {
    names = std::max(names, score.name.size());
    models = std::max(models, number(score, score.model).size());
    if (score.baseline) baselines = std::max(baselines, number(score, *score.baseline).size());
  }
  std::string text =
      fmt::format("{:{}}  {:>{}}  {:>{}}\n", "held out", names, "model", models, scores.baseline, baselines);
  for (const Score& score : scores.scores) {
    const std::string baseline = score.baseline ? number(score, *score.baseline) : "";
    std::string line = fmt::format("{:{}}  {:>{}}  {:>{}}  {}", score.name, names, number(score, score.model), models,
                                   baseline, baselines, score.unit);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
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
  throw unroll::NumericalError(
      fmt::format("{} is {}{}{}, expected at {} {} (--expect): the training was too short, or its flags do "
                  "not suit the data",
                  score.name, number(score, score.model), score.unit.empty() ? "" : " ", score.unit,
                  lower ? "most" : "least", number(score, *wanted)));
}

}  // namespace task
