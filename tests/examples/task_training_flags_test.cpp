#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "task/training_flags.hpp"
#include <unroll/framework/errors/error.hpp>

#include <filesystem>
#include <fstream>

using Catch::Contains;
using task::TrainingFlags;

namespace {

TrainingFlags parsed(const std::vector<const char*>& arguments) {
  TrainingFlags training{.default_epochs = 12};
  console::Flags flags("tool", "A tool.");
  add_training_flags(flags, training, "images");
  flags.parse(arguments);
  return training;
}
unroll::TrainerOptions<> options_of(const std::vector<const char*>& arguments) {
  return trainer_options(parsed(arguments));
}

}  // namespace

TEST_CASE("a training has the task's epochs unless a limit is given") {
  CHECK(options_of({}).budget.epochs == 12);
  CHECK_FALSE(options_of({}).budget.seconds);
  CHECK_FALSE(options_of({"--minutes=2"}).budget.epochs);
  CHECK(options_of({"--minutes=2"}).budget.seconds == 120);
  CHECK(options_of({"--minutes=2", "--epochs=3"}).budget.epochs == 3);
}

TEST_CASE("the flags of a training reach the trainer") {
  const auto options = options_of({"--optimizer=adamw", "--weight-decay=0.5", "--schedule=constant",
                                   "--learning-rate=0.25", "--clip=off", "--parts=3", "--threads=2", "--seed=9",
                                   "--average=0.5", "--weight-noise=0.125", "--reduce=fast"});
  double decay = 0;
  options.optimizer.for_each_setting([&](const std::string& name, double value) {
    if (name == "weight_decay") decay = value;
  });
  CHECK(decay == 0.5);
  CHECK(options.schedule->name() == "constant");
  CHECK(options.schedule->rate(0) == 0.25);
  CHECK(options.clip_norm == std::numeric_limits<double>::infinity());
  CHECK(options.parts == 3);
  CHECK(options.threads == 2);
  CHECK(options.seed == 9);
  CHECK(options.average_decay == 0.5);
  CHECK(options.weight_noise == 0.125);
  CHECK(options.sum_order == unroll::SumOrder::fast);
}

TEST_CASE("a resumed training goes on saving into the file it came from, unless another is given") {
  CHECK(fit_options(parsed({"--resume=a"})).checkpoint.path == "a");
  CHECK(fit_options(parsed({"--resume=a", "--checkpoint=b"})).checkpoint.path == "b");
  CHECK(fit_options(parsed({"--checkpoint=b", "--checkpoint-every=5"})).checkpoint.every.seconds == 5);
  CHECK(fit_options(parsed({"--model=m", "--patience=4"})).keep_best == "m");
}

TEST_CASE("a log folder gets the three logs of a training") {
  const TemporaryDirectory directory;
  const std::string log = (directory / "log").string();
  CHECK(fit_options(parsed({"--log", log.c_str()})).observers.size() == 4);
  CHECK(fit_options(parsed({})).observers.size() == 1);
}

TEST_CASE("of several processes only the first tells observers, who write files") {
  TrainingFlags training = parsed({});
  training.communicator = unroll::Communicator(1, 2, {.exchange = [](auto, auto) {}});
  CHECK(fit_options(training).observers.empty());
}

TEST_CASE("a model file replaces nothing without --force, nor the data or the checkpoint with it") {
  const TemporaryDirectory directory;
  TrainingFlags training{.model = directory / "model"};
  expect_model_path(training, "");
  std::ofstream(training.model) << "old";
  const auto refusal = [&](const std::string& data = "") {
    return message_of<unroll::ArgumentError>([&] { expect_model_path(training, data); });
  };
  CHECK_THAT(refusal(), Contains("--model: ") && Contains("exists already") && Contains("--force"));
  training.force = true;
  expect_model_path(training, "");
  CHECK_THAT(refusal(training.model), Contains("--model: ") && Contains("holds the data"));
  training.checkpoint = (directory / "sub").string() + "/../model";
  CHECK_THAT(refusal(), Contains("--checkpoint: ") && Contains("is the model's file"));
  training.force = false, training.checkpoint = "", training.resume = "c";
  expect_model_path(training, "");  // it is the best model so far
  training.model = "/nowhere/model";
  CHECK_THROWS_AS(expect_model_path(training, ""), unroll::IoError);
}
