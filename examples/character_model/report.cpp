#include "character_model/report.hpp"

#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/models/records/duration.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <numbers>

namespace character_model {

namespace {

/// The same loss in the units that papers use.
std::string describe_loss(double nats) {
  return fmt::format("{:.4f} nats per character ({:.4f} bits), perplexity {:.3f}", nats, nats / std::numbers::ln2,
                     std::exp(nats));
}

void add_loss(nlohmann::ordered_json& json, double nats) {
  json["validation_loss"] = nats;
  json["bits_per_character"] = nats / std::numbers::ln2;
  json["perplexity"] = std::exp(nats);
}

}  // namespace

std::string to_text(const EvaluationReport& report) {
  return fmt::format("held-out loss  {}, {}\ncharacters     {} in {:.1f} s\n", describe_loss(report.loss),
                     report.judged, report.characters, report.seconds);
}

std::string to_json(const EvaluationReport& report) {
  nlohmann::ordered_json json;
  add_loss(json, report.loss);
  json["judged"] = report.judged;
  json["characters"] = report.characters;
  json["characters_per_second"] = static_cast<double>(report.characters) / std::max(report.seconds, 1e-9);
  json["seconds"] = report.seconds;
  return json.dump() + "\n";
}

std::string to_text(const TrainingReport& report) {
  const std::string held_out = report.validation_loss ? describe_loss(*report.validation_loss) + ", " + report.judged
                                                      : "not measured (--validation 0)";
  const std::string truncation =
      report.k1 == report.k2
          ? ""
          : fmt::format(", each after {} characters of a stream and back over {}", report.k1, report.k2);
  return fmt::format(
      "held-out loss  {}\ntraining loss  {}\ntrained on     {} in {} ({:.2f} epochs, {}{})\n"
      "speed          {:.0f} characters per second\nmodel          {}, {} parameters\n",
      held_out, describe_loss(report.training_loss), unroll::counted(report.characters, "character"),
      unroll::format_duration(report.seconds), report.epochs, unroll::counted(report.updates, "update"), truncation,
      report.characters_per_second, unroll::quoted(report.model), report.parameters);
}

std::string to_json(const TrainingReport& report) {
  nlohmann::ordered_json json;
  if (report.validation_loss)
    add_loss(json, *report.validation_loss), json["judged"] = report.judged;
  else
    json["validation_loss"] = nullptr;
  json["training_loss"] = report.training_loss;
  json["characters"] = report.characters;
  json["characters_per_second"] = report.characters_per_second;
  json["seconds"] = report.seconds;
  json["parameters"] = report.parameters;
  json["epochs"] = report.epochs;
  json["updates"] = report.updates;
  json["k1"] = report.k1;
  json["k2"] = report.k2;
  json["model"] = report.model;
  json["ended_by"] = report.ended_by;
  return json.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace character_model
