#include "character_model/training.hpp"

#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>

#include <limits>

using namespace character_model;
using Catch::Contains;

namespace {

/// A small training on a text that follows a rule.
struct Setting {
  TemporaryDirectory directory;
  TrainOptions options;
  Description description;
  std::vector<int> tokens;
  AnyModel model;
  unroll::Team team{1};

  Setting()
      : description{.settings = {.cell = CellKind::gru, .hidden = 8, .embedding = 4},
                    .vocabulary = Vocabulary(CharacterUnit::code_point, {U'a', U'b', U'c'})},
        model(make_model(description.settings, 3, unroll::Random(1))) {
    for (int i = 0; i < 1000; ++i) tokens.push_back(i % 3);
    options.model = directory / "model";
    options.batch = 4;
    options.steps = 8;
    options.budget.items = 3200;
    options.learning_rate = 0.02;
    options.evaluate_every = 320;
  }
  Gru& gru() { return std::get<Gru>(model); }
  TrainingReport train() {
    const Split parts = split(tokens, options.validation);
    return train_model(options, description, parts, model);
  }
};

}  // namespace

TEST_CASE("training ends with its budget, and reports the best held-out loss, which is that of the file") {
  Setting setting;
  const TrainingReport report = setting.train();
  // A stream has 237 characters: 29 windows of 8 and one of 5. Three passes, and 12 windows more to reach 3200.
  CHECK(report.training.spent.items == 3 * 4 * 237 + 12 * 4 * 8);
  CHECK(report.training.spent.updates == 3 * 30 + 12);
  CHECK(report.training.ended_by == "budget");
  REQUIRE(report.training.best_loss.has_value());
  CHECK(*report.training.best_loss < 0.5);
  const LoadedModel kept = load_model(setting.options.model);
  const auto held_out = split(setting.tokens, setting.options.validation).validation;
  CHECK(measure(setting.team, std::get<Gru>(kept.model), held_out, 32, 8).loss == *report.training.best_loss);
}

TEST_CASE("training on windows from zeros learns, and is judged on such windows") {
  Setting setting;
  setting.options.state = WindowState::zeros;
  const TrainingReport report = setting.train();
  // Of 950 characters an epoch has 117 windows of 8, 29 batches of 4 and one window more.
  CHECK(report.training.spent.items >= 3200);
  CHECK(report.training.spent.items < 3200 + 32);
  CHECK(report.training.spent.epochs == Approx(3200 / (117 * 8.0)).margin(0.05));
  CHECK(report.judged == "windows of 8 from zeros");
  REQUIRE(report.training.best_loss.has_value());
  CHECK(*report.training.best_loss < 0.5);
  const LoadedModel kept = load_model(setting.options.model);
  const auto held_out = split(setting.tokens, setting.options.validation).validation;
  const auto& model = std::get<Gru>(kept.model);
  CHECK(measure(setting.team, model, held_out, 32, 8, WindowState::zeros).loss == *report.training.best_loss);
  CHECK(measure(setting.team, model, held_out, 32, 8).loss != *report.training.best_loss);
}

TEST_CASE("a model that gets worse does not replace the best one") {
  Setting setting;
  setting.train();
  const auto best = load_model(setting.options.model);
  setting.options.optimizer = "sgd";
  setting.options.learning_rate = 1000;
  setting.options.schedule = "constant";
  setting.options.evaluate_every = 32;
  const TrainingReport report = setting.train();  // goes on from the good model, and ruins it at once
  const auto held_out = split(setting.tokens, setting.options.validation).validation;
  const auto kept = load_model(setting.options.model);
  CHECK(measure(setting.team, std::get<Gru>(kept.model), held_out, 32, 8).loss == *report.training.best_loss);
  CHECK(measure(setting.team, setting.gru(), held_out, 32, 8).loss > *report.training.best_loss);
}

TEST_CASE("without a validation part the latest model is kept") {
  Setting setting;
  setting.options.validation = 0;
  setting.options.evaluate_every = 0;
  const TrainingReport report = setting.train();
  CHECK(report.training.best_loss == std::nullopt);
  CHECK(std::get<Gru>(load_model(setting.options.model).model).output.weight.value()
        == setting.gru().output.weight.value());
}

TEST_CASE("divergence says what the model file holds") {
  Setting setting;
  setting.gru().output.bias.mutable_value()[0] = std::numeric_limits<float>::infinity();
  CHECK_THAT(message_of<unroll::NumericalError>([&] { setting.train(); }),
             Contains("diverged in update 1") && Contains("no model has been kept"));
  CHECK(setting.directory.count() == 0);
}

TEST_CASE("a model that cannot be kept at the end is an error") {
  Setting setting;
  setting.options.model = (setting.directory / "gone" / "model").string();
  CHECK_THAT(message_of<unroll::IoError>([&] { setting.train(); }), Contains("gone"));
}
