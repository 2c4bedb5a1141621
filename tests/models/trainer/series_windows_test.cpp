#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/trainer/series_windows.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

/// Column c of step t is 10 t + c: what is read shows where it was read.
Tensor<double> places(std::size_t steps, std::size_t columns) {
  Tensor<double> series({steps, columns});
  for (std::size_t i = 0; i < series.size(); ++i) series[i] = static_cast<double>(10 * (i / columns) + i % columns);
  return series;
}

/// All batches of an epoch, read in so many parts.
template <class Scalar>
std::vector<SeriesBatch<Scalar>> epoch(const SeriesWindows<Scalar>& windows, std::size_t parts = 1) {
  std::vector<SeriesBatch<Scalar>> all;
  for (std::size_t index = 0; index < windows.batches(); ++index)
    for (std::size_t part = 0; part < parts; ++part) {
      SeriesBatch<Scalar> batch;
      windows.read(index, {part, parts}, batch);
      if (batch.count > 0) all.push_back(batch);
    }
  return all;
}
template <class Scalar>
std::vector<std::size_t> times_of(const std::vector<SeriesBatch<Scalar>>& batches) {
  std::vector<std::size_t> times;
  for (const auto& batch : batches) times.insert(times.end(), batch.times.begin(), batch.times.end());
  return times;
}
bool same(const SeriesBatch<double>& a, const SeriesBatch<double>& b) {
  return a.inputs == b.inputs && a.targets == b.targets && a.last == b.last && a.times == b.times;
}

struct Sizes {
  std::size_t steps, horizon, stride;
};
const Sizes some_sizes[] = {{1, 1, 1}, {5, 1, 1}, {4, 3, 1}, {3, 4, 4}, {10, 2, 7}};

}  // namespace

TEST_CASE("the inputs of a window are the steps right before its targets, and its targets are in its period") {
  const auto series = places(60, 3);
  const auto [steps, horizon, stride] = GENERATE(from_range(std::begin(some_sizes), std::end(some_sizes)));
  const Period period = GENERATE(Period{0, 30}, Period{30, 47}, Period{47, 60});
  CAPTURE(steps, horizon, stride, period.first);
  SeriesWindows windows(series, period,
                        {.steps = steps, .horizon = horizon, .targets = {2, 0}, .stride = stride, .batch = 4});
  windows.begin_epoch(Random(1));
  std::vector<std::size_t> times;
  for (const auto& batch : epoch(windows)) {
    REQUIRE(batch.inputs.shape() == Shape{steps, batch.count, 3});
    REQUIRE(batch.targets.shape() == Shape{horizon, batch.count, 2});
    for (std::size_t n = 0; n < batch.count; ++n) {
      const std::size_t time = batch.times[n];
      times.push_back(time);
      CHECK(time >= period.first);
      CHECK(time + horizon <= period.end);
      for (std::size_t t = 0; t < steps; ++t)
        for (std::size_t c = 0; c < 3; ++c)
          CHECK(batch.inputs.at({t, n, c}) == series.at({time - steps + t, c}));  // all before the first target
      for (std::size_t t = 0; t < horizon; ++t) {
        CHECK(batch.targets.at({t, n, 0}) == series.at({time + t, 2}));
        CHECK(batch.targets.at({t, n, 1}) == series.at({time + t, 0}));
      }
      CHECK(batch.last.at({n, 0}) == series.at({time - 1, 2}));
      CHECK(batch.last.at({n, 1}) == series.at({time - 1, 0}));
    }
  }
  CHECK(times.size() == windows.windows());
  std::sort(times.begin(), times.end());
  CHECK(times.front() == std::max(period.first, steps));
  CHECK(times.back() + horizon + stride > period.end);  // as many as fit
  for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] == stride);
}

TEST_CASE("no window of a period sees a value of the time after it") {
  const auto series = places(60, 2);
  const auto [steps, horizon, stride] = GENERATE(from_range(std::begin(some_sizes), std::end(some_sizes)));
  const Periods periods = split_by_time(60, {.validation = 0.25, .test = 0.25});
  for (const Period& period : {periods.training, periods.validation}) {
    auto poisoned = series;
    std::fill(poisoned.begin() + 2 * period.end, poisoned.end(), std::numeric_limits<double>::quiet_NaN());
    const SeriesOptions options{.steps = steps, .horizon = horizon, .stride = stride, .batch = 7};
    SeriesWindows windows(series, period, options), blind(poisoned, period, options);
    windows.begin_epoch(Random(3)), blind.begin_epoch(Random(3));
    const auto expected = epoch(windows), found = epoch(blind);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(same(found[i], expected[i]));  // NaN equals nothing
  }
}

TEST_CASE("a changed future changes no bit of what a training learns") {
  Tensor<> series({80, 1});
  for (std::size_t t = 0; t < 80; ++t) series[t] = std::sin(0.4f * static_cast<float>(t));
  const Periods periods = split_by_time(80, {.validation = 0.2, .test = 0.2});
  const auto train = [&](const Tensor<>& data) {
    GruCell<> cell({.inputs = 1, .hidden = 4}, Random(1));
    SeriesWindows windows(data, periods.training, {.steps = 6, .batch = 8});
    SeriesWindows later(data, periods.validation, {.steps = 6, .batch = 8});
    const auto loss = [&](Tape<>& tape, const SeriesBatch<>& batch) {
      return mean_squared_error(slice(run(cell, tape.constant(batch.inputs)).state.hidden, 1, 0, 1),
                                reshape(tape.constant(batch.targets), {batch.count, 1}));
    };
    Trainer trainer(cell, {.budget = {.epochs = 4}});
    trainer.fit(windows, loss, {.validate = [&] { return trainer.measure(later, loss); }, .patience = 2});
    return weights(cell);
  };
  auto changed = series;
  std::fill(changed.begin() + static_cast<std::ptrdiff_t>(periods.test.first), changed.end(), 1e30f);
  CHECK(train(changed) == train(series));
}

TEST_CASE("a test period is forecast as a whole: a stride of the horizon forecasts each step once") {
  const auto series = places(60, 1);
  SeriesWindows windows(series, {45, 60}, {.steps = 20, .horizon = 5, .stride = 5, .order = WindowOrder::in_order});
  windows.begin_epoch(Random(1));
  CHECK(times_of(epoch(windows)) == std::vector<std::size_t>{45, 50, 55});  // inputs from step 25 on
  SeriesWindows first(series, {0, 60}, {.steps = 20, .horizon = 40});
  CHECK(first.windows() == 1);
}

TEST_CASE(
    "windows come in a new order in each epoch, the same again whatever was read before, in any number of parts") {
  const auto series = places(200, 2);
  SeriesWindows windows(series, {0, 150}, {.steps = 5, .horizon = 2, .batch = 16});
  windows.begin_epoch(Random(1));
  const auto first = times_of(epoch(windows));
  CHECK_FALSE(std::is_sorted(first.begin(), first.end()));
  windows.begin_epoch(Random(2));
  CHECK(times_of(epoch(windows)) != first);
  windows.begin_epoch(Random(1));
  for (const std::size_t parts : {1u, 2u, 3u, 20u}) CHECK(times_of(epoch(windows, parts)) == first);
}

TEST_CASE("the random walk forecasts what the targets were last") {
  const auto series = places(30, 2);
  SeriesWindows windows(series, {20, 30}, {.steps = 3, .horizon = 4, .targets = {1}, .batch = 3});
  windows.begin_epoch(Random(1));
  const auto batch = epoch(windows)[0];
  const auto forecast = batch.random_walk();
  REQUIRE(forecast.shape() == batch.targets.shape());
  for (std::size_t t = 0; t < 4; ++t)
    for (std::size_t n = 0; n < 3; ++n)
      CHECK(forecast.at({t, n, 0}) == batch.targets.at({t, n, 0}) - 10.0 * static_cast<double>(t + 1));
  Team team(1);
  const auto loss = [](Tape<double>& tape, const SeriesBatch<double>& each) {
    return mean_squared_error(tape.constant(each.random_walk()), each.targets);
  };
  CHECK(measure<double>(windows, loss, 2, team).loss == Approx(100 * (1 + 4 + 9 + 16) / 4.0));
}

TEST_CASE("a checkpoint knows the series, the period and the sizes") {
  const auto series = places(30, 2), other = places(31, 2);
  const SeriesOptions options{.steps = 3, .horizon = 4, .targets = {1, 0}};
  const auto settings = SeriesWindows(series, {20, 30}, options).settings();
  CHECK(settings.at("targets") == "1 0");
  CHECK(settings.at("period") == "20 to 30");
  CHECK(SeriesWindows(other, {20, 30}, options).settings().at("sha256") != settings.at("sha256"));
}

TEST_CASE("windows that do not fit, and sizes out of range, are refused") {
  const auto series = places(30, 2);
  const auto make = [&](Period period, const SeriesOptions& options) { return SeriesWindows(series, period, options); };
  CHECK_THROWS_WITH(make({20, 23}, {.steps = 3, .horizon = 4}),
                    Contains("series_windows: no window of 3 steps and 4 ahead fits into the period from step 20 to "
                             "before 23"));
  CHECK_THROWS_AS(make({0, 30}, {.steps = 30}), ArgumentError);
  CHECK_NOTHROW(make({0, 30}, {.steps = 29}));
  CHECK_THROWS_WITH(make({0, 30}, {.steps = 0}), Contains("series_windows: steps = 0 given, expected at least 1"));
  CHECK_THROWS_WITH(make({0, 30}, {.steps = 1, .horizon = 0}), Contains("horizon = 0"));
  CHECK_THROWS_WITH(make({0, 30}, {.steps = 1, .stride = 0}), Contains("stride = 0"));
  CHECK_THROWS_WITH(make({0, 30}, {.steps = 1, .batch = 0}), Contains("batch = 0"));
  CHECK_THROWS_WITH(make({0, 30}, {.steps = 1, .targets = {2}}), Contains("series_windows: column 2 asked of 2"));
  CHECK_THROWS_WITH(make({0, 31}, {.steps = 1}), Contains("series_windows: the period from step 0 to before 31 given"));
  const Tensor<> flat({30}), none({30, 0});
  CHECK_THROWS_AS(SeriesWindows(flat, {0, 30}, {.steps = 1}), ShapeError);
  CHECK_THROWS_WITH(SeriesWindows(none, {0, 30}, {.steps = 1}), Contains("columns = 0"));
  for (const std::size_t size : {std::size_t(1) << 31, std::size_t(1) << 62, std::size_t(-1)}) {
    CHECK_THROWS_AS(make({0, 30}, {.steps = size}), ArgumentError);
    CHECK_THROWS_AS(make({0, 30}, {.steps = 1, .horizon = size}), ArgumentError);
    CHECK(make({0, 30}, {.steps = 1, .stride = size, .batch = size}).batches() == 1);
    CHECK_THROWS_AS(make({size, size}, {.steps = 1}), ArgumentError);
  }
}
