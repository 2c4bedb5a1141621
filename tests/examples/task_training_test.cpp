#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_models.hpp"
#include "task/training.hpp"
#include <unroll/framework/errors/error.hpp>

using namespace unroll;
using Catch::Contains;
using unroll::testing::Line;

namespace {

/// A training of a few updates, and the loss after it.
struct Trial {
  TemporaryDirectory directory;
  task::TrainingFlags flags{
      .model = directory / "model", .default_epochs = 4, .schedule = "constant", .learning_rate = 0.1, .threads = 1};
  Line model;

  task::Description description() const { return {.program = "lines", .metadata = {{"width", "2"}}}; }
  TrainingReport train(const task::Description& description) {
    auto source = unroll::testing::points();
    const auto loss = unroll::testing::loss_of(model);
    return task::train(flags, description, model, source, loss,
                       [&](auto& trainer) { return trainer.measure(source, loss); });
  }
  double loss() {
    auto source = unroll::testing::points();
    Team team(1);
    return measure(source, unroll::testing::loss_of(model), 1, team).loss;
  }
};

}  // namespace

TEST_CASE("after a task's training the model is as it was when it was best, and in its file") {
  Trial trial;
  trial.flags.default_epochs = 40;
  trial.flags.learning_rate = 1.2;  // jumps about
  const TrainingReport report = trial.train(trial.description());
  CHECK(report.best_update < report.spent.updates);
  CHECK(trial.loss() == Approx(*report.best_loss));
  Line kept;
  const auto metadata = load_module(trial.flags.model, kept);
  CHECK(kept.layer.weight.value() == trial.model.layer.weight.value());
  CHECK(metadata == std::map<std::string, std::string>{{"program", "lines"}, {"width", "2"}});
}

TEST_CASE("what a task does to the best model is in its file") {
  Trial trial;
  task::Description description = trial.description();
  description.finish = [&] { trial.model.layer.bias.mutable_value()[0] = 42; };
  trial.train(description);
  Line kept;
  CHECK(load_module(trial.flags.model, kept).at("width") == "2");
  CHECK(kept.layer.bias.value()[0] == 42);
}

TEST_CASE("a task's checkpoint is of its program and settings alone") {
  Trial trial;
  trial.flags.checkpoint = trial.directory / "checkpoint";
  trial.train(trial.description());
  trial.flags.resume = trial.flags.checkpoint, trial.flags.default_epochs = 8;
  task::Description other = trial.description();
  other.metadata["width"] = "3";
  CHECK_THAT(message_of<ArgumentError>([&] { trial.train(other); }), Contains("width"));
  CHECK(trial.train(trial.description()).spent.epochs == 8);
}

TEST_CASE("a model of another program, or of none, is refused") {
  Trial trial;
  trial.train(trial.description());
  CHECK(task::read_model(trial.flags.model, "lines").metadata.at("width") == "2");
  CHECK_THAT(message_of<FileError>([&] { task::read_model(trial.flags.model, "curves"); }),
             Contains("a model of \"lines\", expected one of curves"));
  save_module(trial.flags.model, trial.model);
  CHECK_THAT(message_of<FileError>([&] { task::read_model(trial.flags.model, "lines"); }),
             Contains("a model of no program that it names"));
  CHECK_THROWS_AS(task::read_model("/nowhere/model", "lines"), IoError);
}

TEST_CASE("a training ends with 0, with 4 when it falls short, and with its signal") {
  const task::TrainingFlags flags{.communicator = Communicator(1, 2, {.exchange = [](auto, auto) {}})};
  task::TrainingFlags first;
  bool judged = false;
  const auto judge = [&] {
    return judged = true, task::Scores{.baseline = "", .scores = {{.name = "error", .model = 2}}};
  };
  CHECK(conclude(flags, {}, judge, 1) == 0);  // of several processes the first one judges
  CHECK_FALSE(judged);
  CHECK(conclude(first, {}, judge, 2) == 0);
  CHECK_THROWS_AS(conclude(first, {}, judge, 1), NumericalError);
  CHECK(conclude(first, {.signal = 15}, judge, 1) == 143);  // it could not get there
}
