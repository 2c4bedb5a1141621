#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <csignal>
#include <cstdlib>
#include <limits>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

TrainerOptions<> brief(std::uint64_t updates = 20) {
  return {.optimizer = Adam<>({.learning_rate = 0.05}), .budget = {.updates = updates}};
}

/// Held-out losses one after the other.
auto losses(std::vector<double> values) {
  return [values, next = std::size_t{0}]() mutable { return Evaluation(values.at(next++)); };
}

}  // namespace

TEST_CASE("an update over accumulated batches is the update of one batch of all their examples") {
  Line at_once, in_pieces;
  struct Ordered : decltype(points()) {  // in the same order for both
    void begin_epoch(const Random&) { decltype(points())::begin_epoch(Random(0)); }
  };
  Ordered whole{points(40)}, pieces{points(8)};
  Trainer(at_once, {.budget = {.updates = 3}, .parts = 1}).fit(whole, loss_of(at_once));
  Trainer(in_pieces, {.budget = {.updates = 3}, .accumulate = 5, .parts = 1}).fit(pieces, loss_of(in_pieces));
  const auto a = weights(at_once), b = weights(in_pieces);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-4));
}

TEST_CASE("the gradient of a batch is that of the mean over its items, however unequal its parts are") {
  Line trained, by_hand;
  auto source = points(7);
  Trainer(trained, {.optimizer = Sgd<>({.learning_rate = 0.1}), .budget = {.updates = 1}, .parts = 3})
      .fit(source, loss_of(trained));
  Points batch;
  source.read(0, {}, batch);
  Tape<> tape;
  const Parameters<> parameters(by_hand);
  tape.backward(loss_of(by_hand)(tape, batch), parameters);
  Sgd<>({.learning_rate = 0.1}).update(parameters);
  const auto a = weights(trained), b = weights(by_hand);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-5));
}

TEST_CASE("with k1 > k2 the gradient is that of the mean over the steps that have one") {
  Speller trained, by_hand;
  const auto tokens = text(25);
  const auto loss = spelling_loss(trained, {8, 4});
  StreamWindows windows(tokens, 3, loss.truncation);
  Trainer(trained, {.optimizer = Sgd<>({.learning_rate = 1}), .budget = {.updates = 1}, .parts = 2}).fit(windows, loss);
  Tape<> first, second;
  StreamBatch batch;
  windows.read(0, {}, batch);
  const auto plain = spelling_loss(by_hand, {8, 4});
  CarriedState<> carried;
  carried.keep(plain.loss(first, batch.windows[0], carried.resume(by_hand.cell, first, 3), {}).second);
  const Parameters<> parameters(by_hand);
  second.backward(plain.loss(second, batch.windows[1], carried.resume(by_hand.cell, second, 3), {}).first, parameters);
  Sgd<>({.learning_rate = 1}).update(parameters);
  const auto a = weights(trained), b = weights(by_hand);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-4).margin(1e-6));
}

TEST_CASE("patience ends a training, and the best model is the one that is kept") {
  const TemporaryDirectory directory;
  Line model;
  auto source = points();
  std::vector<std::vector<float>> seen;
  auto next = losses({3, 2, 2.5, 2, 1, 5, 5, 5});
  Trainer trainer(model, brief(1000));
  const auto report = trainer.fit(source, loss_of(model),
                                  {.validate =
                                       [&] {
                                         seen.push_back(weights(model));
                                         return next();
                                       },
                                   .evaluate_every = {.updates = 2},
                                   .patience = 3,
                                   .keep_best = directory.path() / "best.safetensors",
                                   .metadata = {{"made by", "a test"}}});
  CHECK(report.ended_by == "patience");
  CHECK(report.spent.updates == 16);
  CHECK(report.evaluations == 8);
  CHECK(report.best_loss == 1.0);
  CHECK(report.best_update == 10);
  Line kept;
  CHECK(load_module(directory.path() / "best.safetensors", kept).at("made by") == "a test");
  CHECK(weights(kept) == seen[4]);
}

TEST_CASE("a training ends when an evaluation is good enough") {
  Line model;
  auto source = points();
  const auto report = Trainer(model, brief(1000))
                          .fit(source, loss_of(model),
                               {.validate = losses({3, 2, 0.5, 0}),
                                .evaluate_every = {.updates = 2},
                                .stop_when = [](const EvaluationRecord& record) { return record.loss < 1; }});
  CHECK(report.ended_by == "stop_when");
  CHECK(report.spent.updates == 6);
  CHECK_THROWS_WITH(
      Trainer(model, brief()).fit(source, loss_of(model), {.stop_when = [](const EvaluationRecord&) { return true; }}),
      Contains("stop_when given without validate"));
}

TEST_CASE("evaluations that are a fraction of an epoch apart are not late by rounding") {
  Line model;
  auto source = points(4);  // ten batches
  std::vector<std::uint64_t> updates;
  Trainer(model, brief(60))
      .fit(source, loss_of(model),
           {.validate = [] { return 1.; },
            .evaluate_every = {.epochs = 0.1},
            .observers = {
                {.on_evaluation = [&](const EvaluationRecord& record) { updates.push_back(record.update); }}}});
  REQUIRE(updates.size() == 60);
  for (std::size_t i = 0; i < 60; ++i) CHECK(updates[i] == i + 1);
}

TEST_CASE("without held-out data the latest model is kept") {
  const TemporaryDirectory directory;
  Line model, kept;
  auto source = points();
  const auto report =
      Trainer(model, brief()).fit(source, loss_of(model), {.keep_best = directory.path() / "m.safetensors"});
  CHECK(!report.best_loss);
  load_module(directory.path() / "m.safetensors", kept);
  CHECK(weights(kept) == weights(model));
}

TEST_CASE("observers are told of every update and evaluation, in order") {
  Line model;
  auto source = points();
  std::vector<UpdateRecord> updates;
  std::vector<EvaluationRecord> evaluations;
  int begun = 0, ended = 0;
  auto options = brief(10);
  options.schedule = StepSchedule({.learning_rate = 0.1, .factor = 0.5, .interval = 0.5});
  Trainer(model, options)
      .fit(source, loss_of(model),
           {.validate = losses({4, 5}),
            .observers = {{.on_begin = [&](const TrainingStart& start) { begun += start.update == 0; },
                           .on_update = [&](const UpdateRecord& record) { updates.push_back(record); },
                           .on_evaluation = [&](const EvaluationRecord& record) { evaluations.push_back(record); },
                           .on_end = [&] { ++ended; }}}});
  REQUIRE(updates.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(updates[i].update == i + 1);
    CHECK(updates[i].items == 8);
    CHECK(updates[i].epoch == Approx(static_cast<double>(i + 1) / 5));
    CHECK(updates[i].learning_rate == (i < 5 ? 0.1 : 0.05));
    CHECK(updates[i].gradient_norm > 0);
  }
  REQUIRE(evaluations.size() == 2);  // after each of the two epochs
  CHECK(evaluations[0].best);
  CHECK(!evaluations[1].best);
  CHECK(evaluations[1].update == 10);
  CHECK(begun == 1);
  CHECK(ended == 1);
}

TEST_CASE("a loss that is not finite ends a training with the update, the rate and the op, and leaves the weights") {
  Line model;
  auto source = points();
  const auto loss = loss_of(model);
  std::vector<float> before;
  int calls = 0;
  const auto bad = [&](Tape<>& tape, const Points& batch) {
    if (++calls <= 6) return loss(tape, batch);  // three updates of two parts
    before = weights(model);
    return loss(tape, batch) * log(tape.constant(Tensor<>({}, -1)));
  };
  auto options = brief();
  options.threads = 1;
  CHECK_THROWS_WITH(Trainer(model, options).fit(source, bad),
                    Contains("training has diverged in update 4 at learning rate 0.05: the loss is nan; ")
                        && Contains("'log'") && Contains("no model has been kept"));
  CHECK(weights(model) == before);
}

TEST_CASE("updates that are not finite are skipped, counted, and at most so many in a row") {
  const auto train = [](int first_bad, int last_bad, std::uint64_t skip) {
    Line model;
    auto source = points();
    const auto loss = loss_of(model);
    int calls = 0;
    auto options = brief();
    options.parts = 1, options.skip_nonfinite = skip;
    return Trainer(model, options).fit(source, [&](Tape<>& tape, const Points& batch) {
      const bool bad = ++calls >= first_bad && calls <= last_bad;
      return bad ? loss(tape, batch) * std::numeric_limits<float>::infinity() : loss(tape, batch);
    });
  };
  const auto report = train(3, 5, 3);
  CHECK(report.skipped == 3);
  CHECK(report.spent.updates == 20);
  CHECK(std::isfinite(report.loss));
  CHECK_THROWS_WITH(train(3, 100, 3), Contains("diverged in update 6") && Contains("after 3 updates skipped"));
}

TEST_CASE("a carried state that is not finite is skipped too, and training goes on from the state before") {
  Speller model;
  const auto tokens = text(200);
  const auto plain = spelling_loss(model, {4, 4});
  int calls = 0;
  const auto loss = carried(model.cell, {4, 4},
                            [&](Tape<>& tape, const StreamWindow& window, const auto& state, const StepContext& begin) {
                              auto result = plain.loss(tape, window, state, begin);
                              if (++calls == 3)
                                result.second.hidden = result.second.hidden * std::numeric_limits<float>::infinity();
                              if (calls == 4) CHECK(state.hidden.value()[0] != 0);  // goes on
                              return result;
                            });
  StreamWindows windows(tokens, 2, loss.truncation);
  const auto report = Trainer(model, {.budget = {.updates = 8}, .parts = 1, .skip_nonfinite = 1}).fit(windows, loss);
  CHECK(report.skipped == 1);
}

TEST_CASE("a signal ends a training after the update") {
  Line model;
  auto source = points();
  const auto report = Trainer(model, brief(1000))
                          .fit(source, loss_of(model), {.observers = {{.on_update = [](const UpdateRecord& record) {
                                                          if (record.update == 7) std::raise(SIGTERM);
                                                        }}}});
  CHECK(report.ended_by == "SIGTERM");
  CHECK(report.signal == SIGTERM);
  CHECK(report.spent.updates == 7);
}

TEST_CASE("a model that cannot be kept is a warning, and an error at the end") {
  Line model;
  auto source = points();
  std::vector<std::string> warnings;
  CHECK_THROWS_AS(Trainer(model, brief())
                      .fit(source, loss_of(model),
                           {.keep_best = "/nowhere/at/all/model.safetensors",
                            .observers = {{.on_message = [&](const std::string& text) { warnings.push_back(text); }}}}),
                  IoError);
  CHECK(!warnings.empty());
  CHECK_THAT(warnings.at(0), Contains("warning: the model is not kept: "));
}
