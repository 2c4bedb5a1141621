#include "support/catch.hpp"
#include "support/messages.hpp"
#include "task/scores.hpp"
#include <unroll/framework/errors/error.hpp>

#include <nlohmann/json.hpp>

using task::Better, task::Scores;

namespace {

const Scores accuracy{
    .baseline = "majority",
    .scores = {
        {.name = "accuracy", .model = 91.25, .baseline = 65.8, .better = Better::higher, .unit = "%", .digits = 1},
        {.name = "loss", .model = 0.25}}};
const Scores error{.baseline = "no change", .scores = {{.name = "RMSE", .model = 2.5, .baseline = 3}}};

std::string refusal(const Scores& scores, double wanted) {
  return message_of<unroll::NumericalError>([&] { expect_reached(scores, wanted); });
}

}  // namespace

TEST_CASE("scores are a table with the baseline beside the model") {
  CHECK(to_text(accuracy) ==
        "held out   model  majority\n"
        "accuracy  91.2 %    65.8 %\n"
        "loss       0.250\n");
}

TEST_CASE("scores are an object by name") {
  const auto json = nlohmann::json::parse(to_json(accuracy));
  CHECK(json == nlohmann::json{{"accuracy", 91.25}, {"accuracy, majority", 65.8}, {"loss", 0.25}});
  const auto trained = nlohmann::json::parse(to_json(
      error,
      {.spent = {.epochs = 2, .updates = 7, .seconds = 3}, .loss = 0.5, .best_loss = 0.75, .ended_by = "budget"}));
  CHECK(trained.at("RMSE") == 2.5);
  CHECK(trained.at("training loss") == 0.5);
  CHECK(trained.at("validation loss") == 0.75);
  CHECK(trained.at("updates") == 7);
  CHECK(trained.at("ended by") == "budget");
}

TEST_CASE("the first score decides whether what is expected has come about, in its direction") {
  expect_reached(accuracy, std::nullopt);
  expect_reached(accuracy, 91.25);
  expect_reached(error, 2.5);
  CHECK(refusal(accuracy, 95)
        == "accuracy is 91.2 %, expected at least 95.0 % (--expect): the training was too short, or its flags do not "
           "suit the data");
  CHECK(refusal(error, 2) == "RMSE is 2.500, expected at most 2.000 (--expect): the training was too short, or its flags do not "
                             "suit the data");
}

TEST_CASE("a score that is no number reaches nothing") {
  const Scores nothing{.baseline = "", .scores = {{.name = "RMSE", .model = std::numeric_limits<double>::quiet_NaN()}}};
  CHECK_FALSE(refusal(nothing, 1e9).empty());
}
