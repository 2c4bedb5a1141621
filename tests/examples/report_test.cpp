#include "character_model/report.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <numbers>

using namespace character_model;
using Catch::Contains;

namespace {
const TrainingReport training{
    .training = {.spent = {.epochs = 0.25, .updates = 2, .items = 4096, .seconds = 2.5},
                 .loss = 0.5,
                 .best_loss = std::numbers::ln2,
                 .evaluation_seconds = 0.5,
                 .ended_by = "budget"},
    .judged = "state carried on",
    .truncation = {64, 64},
    .parameters = 1234,
    .model = "m\xff",  // no UTF-8: a file may be named so
};
}

TEST_CASE("a training report says losses in nats, bits and perplexity") {
  CHECK_THAT(to_text(training),
             Contains("held-out loss  0.6931 nats per character (1.0000 bits), perplexity 2.000, state carried on\n")
                 && Contains("2048 characters per second") && Contains("1234 parameters"));
  TrainingReport unmeasured = training;
  unmeasured.training.best_loss.reset();
  CHECK_THAT(to_text(unmeasured), Contains("not measured"));
  CHECK(nlohmann::json::parse(to_json(unmeasured))["validation_loss"].is_null());
}

TEST_CASE("a training report says how far updates go back, when that is not where they have begun") {
  CHECK_THAT(to_text(training), Contains("2 updates)"));
  TrainingReport overlapping = training;
  overlapping.truncation.k1 = 16;
  CHECK_THAT(to_text(overlapping), Contains("2 updates, each after 16 characters of a stream and back over 64)"));
  const auto json = nlohmann::json::parse(to_json(overlapping));
  CHECK(json["k1"] == 16);
  CHECK(json["k2"] == 64);
}

TEST_CASE("JSON is one object on one line with the promised names") {
  const std::string text = to_json(training);
  CHECK(text.find('\n') == text.size() - 1);
  const auto json = nlohmann::json::parse(text);
  CHECK(json["validation_loss"] == std::numbers::ln2);
  CHECK(json["judged"] == "state carried on");
  CHECK(json["training_loss"] == 0.5);
  CHECK(json["characters"] == 4096);
  CHECK(json["characters_per_second"] == 2048);
  CHECK(json["seconds"] == 2.5);
  CHECK(json["parameters"] == 1234);
  CHECK(json["epochs"] == 0.25);
  CHECK(json["bits_per_character"] == Approx(1));
}

TEST_CASE("an evaluation report has the same losses") {
  const EvaluationReport report{.loss = 1, .judged = "windows of 64 from zeros", .characters = 100, .seconds = 4};
  CHECK_THAT(to_text(report), Contains("1.0000 nats") && Contains("perplexity 2.718, windows of 64 from zeros\n"));
  const auto json = nlohmann::json::parse(to_json(report));
  CHECK(json["validation_loss"] == 1.0);
  CHECK(json["judged"] == "windows of 64 from zeros");
  CHECK(json["perplexity"] == Approx(std::numbers::e));
  CHECK(json["characters_per_second"] == 25);
}
