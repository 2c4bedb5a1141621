#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_models.hpp"
#include <unroll/models/trainer/trainer.hpp>

#include <filesystem>
#include <limits>

using namespace unroll;
using namespace unroll::testing;

TEST_CASE("a resumed training tells of the updates after the checkpoint, and counts those before") {
  const TemporaryDirectory folder;
  std::vector<std::uint64_t> updates;
  const TrainingObserver listener{.on_update = [&](const UpdateRecord& record) { updates.push_back(record.update); }};
  for (const bool resumes : {false, true}) {
    Line model;
    auto source = points();
    FitOptions fit{.checkpoint = {.path = folder / "c"}, .observers = {listener}};
    if (resumes) fit.resume = folder / "c";
    if (!resumes) fit.observers.push_back(stop_after(4));
    const auto report = Trainer(model, {.budget = {.updates = 6}}).fit(source, loss_of(model), fit);
    CHECK(report.spent.updates == (resumes ? 6 : 4));
    CHECK(report.spent.items == report.spent.updates * 8);
  }
  CHECK(updates == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a training whose budget is spent does nothing when it is resumed, and more when it has more") {
  const TemporaryDirectory folder;
  const auto train = [&](std::uint64_t updates, bool resumes) {
    Line model;
    auto source = points();
    FitOptions fit{.checkpoint = {.path = folder / "c"}};
    if (resumes) fit.resume = folder / "c";
    return Trainer(model, {.budget = {.updates = updates}}).fit(source, loss_of(model), fit).spent.updates;
  };
  CHECK(train(5, false) == 5);
  CHECK(train(5, true) == 5);
  CHECK(train(8, true) == 8);
}

TEST_CASE("a training that ended since its model was good enough does not go on when it is resumed") {
  const TemporaryDirectory folder;
  for (const bool resumes : {false, true}) {
    Line model;
    auto source = points();
    FitOptions fit{.validate = [] { return 0.5; },
                   .evaluate_every = {.updates = 2},
                   .stop_when = [](const EvaluationRecord& record) { return record.loss < 1; },
                   .checkpoint = {.path = folder / "c"}};
    if (resumes) fit.resume = folder / "c";
    const auto report = Trainer(model, {.budget = {.updates = 50}}).fit(source, loss_of(model), fit);
    CHECK(report.spent.updates == 2);
    CHECK(report.ended_by == "stop_when");
    CHECK(report.evaluations == 1);
  }
}

TEST_CASE("a training with an average is resumed from before its first update") {
  const TemporaryDirectory folder;
  const auto train = [&](std::uint64_t stop, bool resumes) {
    Line model;
    auto source = points();
    FitOptions fit{.checkpoint = {.path = folder / "c"}};
    if (resumes) fit.resume = folder / "c";
    if (stop > 0) fit.observers.push_back(stop_after(stop));
    const auto loss = loss_of(model);
    int calls = 0;
    const auto first_is_bad = [&](Tape<>& tape, const Points& batch) {
      return ++calls == 1 && !resumes ? loss(tape, batch) * std::numeric_limits<float>::infinity() : loss(tape, batch);
    };
    Trainer(model, {.budget = {.updates = 6}, .parts = 1, .skip_nonfinite = 1, .average_decay = 0.5})
        .fit(source, first_is_bad, fit);
    return weights(model);
  };
  const auto whole = train(0, false);
  train(1, false);  // its only update was skipped
  CHECK((train(0, true) == whole));
}

TEST_CASE("a model file that is gone is written again by a resumed training") {
  const TemporaryDirectory folder;
  for (const bool resumes : {false, true}) {
    Line model;
    auto source = points();
    FitOptions fit{.validate = [] { return 0.5; }, .keep_best = folder / "m", .checkpoint = {.path = folder / "c"}};
    if (resumes) fit.resume = folder / "c";
    Trainer(model, {.budget = {.updates = 5}}).fit(source, loss_of(model), fit);
    CHECK(std::filesystem::exists(folder / "m"));
    std::filesystem::remove(folder / "m");
  }
}

TEST_CASE("a signal leaves the latest model while no evaluation has found a best one") {
  const TemporaryDirectory folder;
  Line model, kept;
  auto source = points();
  const auto report = Trainer(model, {.budget = {.updates = 50}})
                          .fit(source, loss_of(model),
                               {.validate = [] { return 0.5; },
                                .evaluate_every = {.updates = 40},
                                .keep_best = folder / "m",
                                .checkpoint = {.path = folder / "c"},
                                .observers = {stop_after(3)}});
  CHECK(report.evaluations == 0);
  load_module(folder / "m", kept);
  CHECK(weights(kept) == weights(model));
}
