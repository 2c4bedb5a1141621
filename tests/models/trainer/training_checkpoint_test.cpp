#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <csignal>
#include <filesystem>
#include <limits>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

TrainerOptions<> options_of(AnyOptimizer<> optimizer, std::size_t threads) {
  return {.optimizer = std::move(optimizer),
          .schedule = PlateauSchedule({.learning_rate = 0.02, .factor = 0.5, .patience = 1}),
          .warm_up = 0.1,
          .budget = {.updates = 24},
          .clip_norm = 0.5,
          .parts = 3,
          .threads = threads,
          .average_decay = 0.9,
          .weight_noise = 0.01};
}

/// What a training of a speller leaves: the weights, and the SHA-256 of the model file.
struct Outcome {
  std::vector<float> weights;
  std::string file;
  bool operator==(const Outcome&) const = default;
};

Outcome train_speller(const TrainerOptions<>& options, const Truncation& truncation,
                      const std::filesystem::path& folder, std::vector<std::uint64_t> stops) {
  const auto tokens = text(150), held_out = text(40);
  Speller model;
  for (bool resumes = false;; resumes = true) {
    if (resumes) model = Speller();  // as a new process would
    const auto loss = noisy_spelling_loss(model, truncation);
    StreamWindows windows(tokens, 5, truncation), validation(held_out, 2, truncation);
    Trainer trainer(model, options);
    FitOptions fit{.validate = [&] { return trainer.measure(validation, loss); },
                   .evaluate_every = {.updates = 5},
                   .keep_best = folder / "model.safetensors",
                   .checkpoint = {.path = folder / "training.safetensors", .every = {.updates = 2}}};
    if (resumes) fit.resume = fit.checkpoint.path;
    if (!stops.empty()) fit.observers.push_back(stop_after(stops.front()));
    const bool stopped = trainer.fit(windows, loss, fit).signal != 0;
    CHECK(stopped == !stops.empty());
    if (!stopped) return {weights(model), sha256_of_file(folder / "model.safetensors")};
    stops.erase(stops.begin());
  }
}

}  // namespace

TEST_CASE("a training that was interrupted and resumed ends with the same bits, with any optimizer and truncation") {
  const auto truncation = GENERATE(Truncation{4, 4}, Truncation{3, 9}, Truncation{4, 6}, Truncation{6, 2});
  const auto name = GENERATE("sgd", "nesterov", "adagrad", "rmsprop", "adam", "adamw");
  CAPTURE(truncation.k1, truncation.k2, name);
  const TemporaryDirectory once, twice;
  const auto whole = train_speller(options_of(make_optimizer(name), 1), truncation, once.path(), {});
  const auto resumed = train_speller(options_of(make_optimizer(name), 2), truncation, twice.path(), {1, 7, 8, 13, 20});
  CHECK(resumed == whole);
}

TEST_CASE("accumulation and shuffled examples are resumed to the bit") {
  const auto train = [](const std::vector<std::uint64_t>& stops) {
    const TemporaryDirectory folder;
    std::vector<float> result;
    for (std::size_t i = 0; i <= stops.size(); ++i) {
      Line model;
      auto source = points(7);
      FitOptions fit{.checkpoint = {.path = folder / "c", .every = {.updates = 1000}}};
      if (i > 0) fit.resume = folder / "c";
      if (i < stops.size()) fit.observers.push_back(stop_after(stops[i]));
      Trainer(model, {.schedule = CosineSchedule({.learning_rate = 0.1}), .budget = {.updates = 30}, .accumulate = 4})
          .fit(source, loss_of(model), fit);
      result = weights(model);
    }
    return result;
  };
  CHECK(train({3, 4, 17, 29}) == train({}));
}

TEST_CASE("other settings are refused, each with its old and its new value") {
  const TemporaryDirectory folder;
  const auto train = [&](const TrainerOptions<>& options, const std::map<std::string, std::string>& settings,
                         bool resumes) {
    Line model;
    auto source = points();
    FitOptions fit{.checkpoint = {.path = folder / "c"}, .settings = settings};
    if (resumes) fit.resume = folder / "c";
    Trainer(model, options).fit(source, loss_of(model), fit);
  };
  const TrainerOptions<> options{.budget = {.updates = 5}};
  train(options, {{"text", "1234"}, {"hidden", "8"}}, false);
  TrainerOptions<> others{.optimizer = Sgd<>({.momentum = 0.5}),
                          .schedule = CosineSchedule({}),
                          .budget = {.updates = 9},
                          .clip_norm = 3,
                          .parts = 5,
                          .threads = 2,
                          .seed = 4};
  CHECK_THROWS_WITH(train(others, {{"text", "5678"}}, true),
                    Contains("was saved with other settings")
                        && Contains("optimizer: \"adam\" in the checkpoint, \"sgd\" given")
                        && Contains("clip_norm: \"inf\" in the checkpoint, \"3\" given")
                        && Contains("seed: \"1\" in the checkpoint, \"4\" given")
                        && Contains("parts: \"2\" in the checkpoint, \"5\" given")
                        && Contains("schedule: none in the checkpoint, \"cosine\" given")
                        && Contains("optimizer.beta_1: \"0.9\" in the checkpoint, none given")
                        && Contains("program.text: \"1234\" in the checkpoint, \"5678\" given")
                        && Contains("program.hidden: \"8\" in the checkpoint, none given") && !Contains("threads")
                        && !Contains("budget"));
  TrainerOptions<> allowed = options;
  allowed.threads = 1, allowed.budget = {.updates = 7};
  CHECK_NOTHROW(train(allowed, {{"text", "1234"}, {"hidden", "8"}}, true));
}

TEST_CASE("another text and another truncation are refused, the text with both digests") {
  const TemporaryDirectory folder;
  const auto train = [&](const std::vector<int>& tokens, const Truncation& truncation, bool resumes) {
    Speller model;
    const auto loss = spelling_loss(model, truncation);
    StreamWindows windows(tokens, 2, truncation);
    FitOptions fit{.checkpoint = {.path = folder / "c"}};
    if (resumes) fit.resume = folder / "c";
    Trainer(model, {.budget = {.updates = 2}}).fit(windows, loss, fit);
  };
  const auto tokens = text(50);
  auto others = tokens;
  others[49] = 3 - others[49];
  train(tokens, {4, 4}, false);
  const auto digest = [](const auto& of) { return sha256_of(std::as_bytes(std::span(of))); };
  CHECK_THROWS_WITH(train(others, {4, 4}, true), Contains("batches.sha256: \"" + digest(tokens)
                                                          + "\" in the checkpoint, \"" + digest(others) + "\" given"));
  CHECK_THROWS_WITH(train(tokens, {4, 8}, true), Contains("k2: \"4\" in the checkpoint, \"8\" given"));
}

TEST_CASE("what is no checkpoint of this model, and damaged ones, are refused and change nothing") {
  const TemporaryDirectory folder;
  Line model;
  auto source = points();
  const auto resume = [&](const std::filesystem::path& path) {
    Trainer(model, {.budget = {.updates = 5}}).fit(source, loss_of(model), {.resume = path});
  };
  const auto before = weights(model);
  CHECK_THROWS_AS(resume(folder / "none"), IoError);
  save_module(folder / "model", model);
  CHECK_THROWS_WITH(resume(folder / "model"), Contains("is no training checkpoint"));
  Line other;
  Trainer(other, {.budget = {.updates = 5}}).fit(source, loss_of(other), {.checkpoint = {.path = folder / "c"}});
  auto file = read_safetensors(folder / "c");
  const auto resume_changed = [&](const std::string& name, auto&& change) {
    auto changed = file;
    change(changed);
    write_safetensors(folder / name, changed);
    resume(folder / name);
  };
  CHECK_THROWS_WITH(resume_changed("later", [](auto& f) { f.metadata["training_checkpoint"] = "2"; }),
                    Contains("is a training checkpoint of version 2, and this library reads version 1"));
  CHECK_THROWS_AS(resume_changed("less", [](auto& f) { f.tensors.erase("course.updates"); }), FileError);
  CHECK_THROWS_AS(resume_changed("shape", [](auto& f) { f.tensors["model.layer.weight"] = Tensor<float>({3}); }),
                  FileError);
  CHECK_THROWS_AS(resume_changed("more", [](auto& f) { f.tensors["optimizer.x"] = Tensor<float>({3}); }), FileError);
  CHECK(weights(model) == before);
}

TEST_CASE("a checkpoint that cannot be saved is a warning while the training goes on, and an error at its end") {
  const TemporaryDirectory directory;
  const auto folder = directory / "folder";
  std::filesystem::create_directory(folder);
  Line model;
  auto source = points();
  std::vector<std::string> messages;
  std::uint64_t updates = 0;
  const TrainingObserver observer{.on_update =
                                      [&](const UpdateRecord& record) {
                                        updates = record.update;
                                        if (updates == 2) std::filesystem::remove_all(folder);
                                      },
                                  .on_message = [&](const std::string& text) { messages.push_back(text); }};
  Trainer trainer(model, {.budget = {.updates = 5}});
  CHECK_THROWS_AS(trainer.fit(source, loss_of(model),
                              {.checkpoint = {.path = std::filesystem::path(folder) / "c", .every = {.updates = 1}},
                               .observers = {observer}}),
                  IoError);
  CHECK(updates == 5);
  REQUIRE(messages.size() >= 2);
  for (const std::string& message : messages) CHECK_THAT(message, Contains("warning: no checkpoint is saved: "));
}

TEST_CASE("one training at a time has a checkpoint, and the model has a file of its own") {
  const TemporaryDirectory folder;
  Line model;
  auto source = points();
  Trainer trainer(model, {.budget = {.updates = 5}});
  CHECK_THROWS_WITH(
      trainer.fit(source, loss_of(model), {.keep_best = folder / "c", .checkpoint = {.path = folder / "./c"}}),
      Contains("keep_best and checkpoint.path are both"));
  const FileLock other(folder / "c");
  CHECK_THROWS_WITH(trainer.fit(source, loss_of(model), {.checkpoint = {.path = folder / "c"}}),
                    Contains("another training writes it"));
}

TEST_CASE("how often a model is judged is a setting, since schedules and the best model depend on it") {
  const TemporaryDirectory folder;
  const auto train = [&](const TrainingAmount& every, bool resumes) {
    Line model;
    auto source = points();
    FitOptions fit{.evaluate_every = every, .checkpoint = {.path = folder / "c"}};
    if (resumes) fit.resume = folder / "c";
    Trainer(model, {.budget = {.updates = 2}}).fit(source, loss_of(model), fit);
  };
  train({.updates = 3}, false);
  CHECK_NOTHROW(train({.updates = 3}, true));
  CHECK_THROWS_WITH(train({.updates = 4}, true),
                    Contains("evaluate_every.updates: \"3\" in the checkpoint, \"4\" given"));
}
