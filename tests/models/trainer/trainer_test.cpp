#include "support/catch.hpp"
#include "support/training_models.hpp"
#include <unroll/models/trainer/trainer.hpp>

#include <cmath>
#include <vector>

using namespace unroll;
using namespace unroll::testing;

TEST_CASE("A trainer learns a line from shuffled examples", "[trainer]") {
  Line model;
  auto source = points();
  Trainer trainer(model, {.optimizer = Adam<>({.learning_rate = 0.05}), .budget = {.epochs = 60}});
  const TrainingReport report = trainer.fit(source, loss_of(model));
  CHECK(report.ended_by == "budget");
  CHECK(report.spent.updates == 300);
  CHECK(report.spent.items == 2400);
  CHECK(trainer.measure(source, loss_of(model)) < 1e-4);
  CHECK(std::abs(model.layer.weight.value()[0] - 2) < 0.02);
}

TEST_CASE("The number of threads changes no bit of a trained model, with examples and with streams", "[trainer]") {
  std::vector<std::vector<float>> lines, spellers;
  for (const std::size_t threads : {1u, 2u, 3u, 5u}) {
    Line line;
    auto source = points(7);  // parts of unequal size, and an epoch whose last batch has fewer examples than parts
    Trainer trainer(line, {.budget = {.epochs = 3}, .parts = 5, .threads = threads});
    trainer.fit(source, loss_of(line));
    lines.push_back(weights(line));
    Speller speller;
    const auto tokens = text(200);
    const auto loss = spelling_loss(speller, {4, 8});
    StreamWindows windows(tokens, 7, loss.truncation);
    Trainer reader(speller, {.budget = {.epochs = 3}, .parts = 5, .threads = threads});
    reader.fit(windows, loss);
    spellers.push_back(weights(speller));
  }
  for (const auto& other : lines) CHECK(other == lines[0]);
  for (const auto& other : spellers) CHECK(other == spellers[0]);
}

TEST_CASE("a model of doubles is trained like one of floats") {
  Linear<double> model({.inputs = 2, .outputs = 1}, Random(1));
  auto source = points();
  Trainer<double> trainer(model, {.optimizer = Adam<double>({.learning_rate = 0.05}), .budget = {.epochs = 60}});
  trainer.fit(source, [&](Tape<double>& tape, const Points& batch) {
    return mean_squared_error(model(tape.constant(cast<double>(batch.inputs))), cast<double>(batch.targets));
  });
  CHECK(std::abs(model.weight.value()[0] - 2) < 0.02);
}

TEST_CASE("what is no loss of a source's batches does not fit, and a trainer says so before it is compiled") {
  const auto trains = [](auto& source, const auto& loss) {
    return requires(Trainer<> & trainer) { trainer.fit(source, loss); };
  };
  auto source = points();
  CHECK(trains(source, [](Tape<>& tape, const Points&) { return tape.zeros({}); }));
  CHECK(trains(source, [](Tape<>& tape, const Points&, const Noise&) { return tape.zeros({}); }));
  CHECK_FALSE(trains(source, [](Tape<>& tape, const StreamBatch&) { return tape.zeros({}); }));
  CHECK_FALSE(trains(source, [](Tape<>&, const Points&) { return 1.f; }));
  CHECK_FALSE(trains(source, [](const Points&) {}));
}
