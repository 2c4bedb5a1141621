#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/records/console_progress.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/trainer/shuffled_examples.hpp>
#include <unroll/models/trainer/trainer.hpp>
#include <unroll/ops/losses.hpp>

using namespace unroll;

namespace {

struct Forecaster {  // the next number of a series from the 30 before it
  GruCell<> cell{{.inputs = 1, .hidden = 16}, Random(1)};
  Linear<> output{{.inputs = 16, .outputs = 1}, Random(2)};
  Variable<> operator()(Variable<> x) const { return output(run(cell, x).state.hidden); }  // [T, N, 1] -> [N, 1]
  static void members(auto& self, auto&& visit) { visit("cell", self.cell), visit("output", self.output); }
};

struct Windows {  // one batch
  Tensor<> inputs, next;
  std::size_t count = 0;
};

auto windows_of(std::span<const float> series) {
  const auto gather = [series](std::span<const std::size_t> starts, Windows& batch) {
    batch = {Tensor<>({30, starts.size(), 1}), Tensor<>({starts.size(), 1}), starts.size()};
    for (std::size_t n = 0; n < starts.size(); ++n) {
      for (std::size_t t = 0; t < 30; ++t) batch.inputs.at({t, n, 0}) = series[starts[n] + t];
      batch.next.at({n, 0}) = series[starts[n] + 30];
    }
  };
  return shuffled_examples<Windows>({.examples = series.size() - 30, .batch = 32}, gather);
}

TrainingReport train(std::span<const float> series, Forecaster& model, const std::filesystem::path& folder) {
  auto training = windows_of(series.first(series.size() * 4 / 5)), later = windows_of(series.last(series.size() / 5));
  Trainer trainer(
      model, {.optimizer = Adam<>({.learning_rate = 5e-3}), .budget = {.epochs = 20}, .clip_norm = 1, .threads = 2});
  const auto loss_of = [&](Tape<>& tape, const Windows& batch) {
    return mean_squared_error(model(tape.constant(batch.inputs)), batch.next);
  };
  const auto checkpoint = folder / "training.safetensors";
  return trainer.fit(training, loss_of,
                     {.validate = [&] { return trainer.measure(later, loss_of); },
                      .patience = 3,
                      .keep_best = folder / "model.safetensors",
                      .checkpoint = {.path = checkpoint, .every = {.seconds = 30}},
                      .resume = exists(checkpoint) ? checkpoint : "",
                      .observers = {observer_of<ConsoleProgress>()}});
}

}  // namespace

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <cmath>
#include <vector>

TEST_CASE("the page's training forecasts a season, and goes on from its checkpoint") {
  std::vector<float> series;
  for (int i = 0; i < 600; ++i) series.push_back(static_cast<float>(std::sin(i / 5.) + std::sin(i / 8.)) / 2);
  const TemporaryDirectory folder;
  Forecaster model;
  const TrainingReport report = train(series, model, folder.path());
  REQUIRE(report.best_loss);
  CHECK(*report.best_loss < 0.02);
  CHECK(report.spent.updates > 0);
  Forecaster again;
  CHECK(train(series, again, folder.path()).spent.updates == report.spent.updates);
  CHECK(again.output.weight.value() == model.output.weight.value());
}
