#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/layers/standardization.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/trainer/series_windows.hpp>
#include <unroll/models/trainer/trainer.hpp>
#include <unroll/ops/losses.hpp>
#include <unroll/ops/shaping.hpp>

using namespace unroll;

namespace {

const SeriesOptions a_week{.steps = 30, .horizon = 7};  // from 30 days the 7 after them

struct WeekAhead {                // of a series [days, 1]
  Standardization<> standardize;  // made from the training period alone
  GruCell<> cell{{.inputs = 1, .hidden = 16}, Random(1)};
  Linear<> output{{.inputs = 16, .outputs = 7}, Random(2)};
  Variable<> operator()(Tape<>& tape, const SeriesBatch<>& batch) const {  // [7, N, 1], in the units of the data
    const auto days = output(run(cell, standardize(tape.constant(batch.inputs))).state.hidden);  // [N, 7]
    return standardize.inverse(reshape(transpose(days), {7, batch.count, 1}));
  }
  static void members(auto& self, auto&& visit) {
    visit("standardize", self.standardize), visit("cell", self.cell), visit("output", self.output);
  }
};

struct TestErrors {
  double model, random_walk;
};

TestErrors forecast(const Tensor<>& series) {
  const Periods days = split_by_time(series.shape()[0]);
  SeriesWindows training(series, days.training, a_week), validation(series, days.validation, a_week);
  SeriesWindows test(series, days.test, a_week);
  WeekAhead model{.standardize = Standardization(values_of(series, days.training))};
  Trainer trainer(model, {.optimizer = Adam<>({.learning_rate = 1e-2}), .budget = {.epochs = 20}, .clip_norm = 1});
  const auto loss_of = [&](Tape<>& tape, const SeriesBatch<>& batch) {
    return mean_squared_error(model(tape, batch), batch.targets);
  };
  trainer.fit(training, loss_of, {.validate = [&] { return trainer.measure(validation, loss_of); }, .patience = 3});
  const auto no_change = [](Tape<>& tape, const SeriesBatch<>& batch) {
    return mean_squared_error(tape.constant(batch.random_walk()), batch.targets);
  };
  return {.model = trainer.measure(test, loss_of), .random_walk = trainer.measure(test, no_change)};
}

}  // namespace

#include "support/catch.hpp"

#include <cmath>

TEST_CASE("the page's forecast of a season is better than the random walk") {
  Tensor<> series({600, 1});
  for (int day = 0; day < 600; ++day)
    series[static_cast<std::size_t>(day)] = 20 + 5 * std::sin(0.2f * static_cast<float>(day));
  const auto [model, random_walk] = forecast(series);
  CHECK(model < random_walk / 4);
}
