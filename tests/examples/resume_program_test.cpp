#include "examples/program_runner.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/files/sha256.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

using Catch::Contains;
using program::run;

namespace {

using Arguments = std::vector<std::string>;

/// A training of some seconds' tenths, that saves all the time, in its own folder.
struct Training {
  TemporaryDirectory directory;
  const std::string text = directory / "text", model = directory / "model", checkpoint = directory / "checkpoint";

  Training() {
    std::ofstream file(text);
    for (int i = 0; i < 3000; ++i) file << "line " << i * i % 997 << " of a text\n";
  }
  Arguments arguments(const Arguments& more) const {
    Arguments all{"train",
                  "--text",
                  text,
                  "--model",
                  model,
                  "--hidden",
                  "16",
                  "--layers",
                  "2",
                  "--dropout",
                  "0.2",
                  "--batch",
                  "5",
                  "--k1",
                  "8",
                  "--k2",
                  "16",
                  "--optimizer",
                  "rmsprop",
                  "--json",
                  "--evaluate-every",
                  "4000",
                  "--characters",
                  "120000",
                  "--checkpoint-every",
                  "0.001"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string digest() const { return unroll::sha256_of_file(model); }
};

}  // namespace

TEST_CASE("a training that is killed again and again ends with the same bytes, and leaves no litter") {
  const Training whole, killed;
  REQUIRE(run(whole.arguments({"--checkpoint", whole.checkpoint, "--threads", "1"})).code == 0);
  int kills = 0;
  for (;; ++kills) {
    const bool resumes = std::filesystem::exists(killed.checkpoint);
    program::Running running(killed.arguments({resumes ? "--resume" : "--checkpoint", killed.checkpoint}));
    if (kills == 4) {
      CHECK(running.wait().code == 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(60 + 37 * kills));
    running.send(SIGKILL);
    CHECK(running.wait().code == 128 + SIGKILL);  // it was under way
    // Killed before its first checkpoint, it may have kept a model, and would not replace it.
    if (!std::filesystem::exists(killed.checkpoint)) std::filesystem::remove(killed.model);
  }
  CHECK(killed.digest() == whole.digest());
  CHECK(killed.directory.count() == 3);  // text, model, checkpoint
}

TEST_CASE("Ctrl-C saves a checkpoint, and the training goes on from it to the same bytes") {
  const Training whole, stopped;
  REQUIRE(run(whole.arguments({})).code == 0);
  {
    program::Running running(stopped.arguments({"--checkpoint", stopped.checkpoint}));
    REQUIRE(running.has_said("held-out loss"));
    running.send(SIGINT);
    const auto result = running.wait();
    CHECK(result.code == 130);
    CHECK_THAT(result.errors, Contains("SIGINT: the update is finished; saving a checkpoint"));
  }
  CHECK(run(stopped.arguments({"--resume", stopped.checkpoint, "--threads", "2"})).code == 0);
  CHECK(stopped.digest() == whole.digest());
}

TEST_CASE("a training does not go on with another text, other settings or a damaged checkpoint") {
  const Training training;
  REQUIRE(run(training.arguments({"--checkpoint", training.checkpoint})).code == 0);
  const auto model = training.digest();
  const auto refuse = [&](const Arguments& more, int code, const std::string& message) {
    Arguments all = training.arguments({"--resume", training.checkpoint});
    all.insert(all.end(), more.begin(), more.end());
    const auto result = run(all);
    CHECK(result.code == code);
    CHECK_THAT(result.errors, Contains(message));
    CHECK(training.digest() == model);
  };
  refuse({"--seed", "7"}, 2, "seed: \"1\" in the checkpoint, \"7\" given");
  refuse({"--embedding", "17"}, 2, "program.embedding: \"64\" in the checkpoint, \"17\" given");
  std::ofstream(training.text, std::ios::app) << "and one more line\n";
  refuse({}, 2, "batches.sha256: ");
  std::filesystem::resize_file(training.checkpoint, std::filesystem::file_size(training.checkpoint) - 1);
  refuse({}, 3, "checkpoint");
}

TEST_CASE("a training writes its curves into a folder") {
  const Training training;
  REQUIRE(run(training.arguments({"--log", training.directory / "log"})).code == 0);
  CHECK_THAT(program::content_of(training.directory / "log" / "training.csv"), Contains("loss"));
  CHECK_THAT(program::content_of(training.directory / "log" / "training.html"), Contains("<svg"));
}

TEST_CASE("Ctrl-C before the first evaluation leaves a model too") {
  const Training training;
  auto arguments = training.arguments({"--checkpoint", training.checkpoint});
  *(std::find(arguments.begin(), arguments.end(), "--evaluate-every") + 1) = "100000000";
  program::Running running(arguments);
  while (!std::filesystem::exists(training.checkpoint)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  running.send(SIGINT);
  CHECK(running.wait().code == 130);
  CHECK(run({"generate", "--model", training.model, "--length", "5"}).code == 0);
}

TEST_CASE("a checkpoint takes the place of neither the text nor the model") {
  const Training training;
  const auto text = program::content_of(training.text);
  const auto on_text = run(training.arguments({"--checkpoint", training.text}));
  CHECK(on_text.code == 2);
  CHECK_THAT(on_text.errors, Contains("--checkpoint: ") && Contains("is the text itself"));
  CHECK(program::content_of(training.text) == text);
  const auto on_model = run(training.arguments({"--checkpoint", training.model}));
  CHECK(on_model.code == 2);
  CHECK_THAT(on_model.errors, Contains("is the model's file"));
}
