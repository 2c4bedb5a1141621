// Forecasts a column of a table (CSV) several steps ahead, with intervals, from the steps before.
//
// Data: yearly sunspots (sunspots.csv, beside this file), Seattle's weather and the S&P 500, which examples/run
// installs. Model: a GRU reads the last steps; its last state gives, for each step ahead, the mean and the variance of
// the change since the last number. It learns by maximum likelihood, so that the intervals are learned, too. Start it
// with: examples/run time_series [weather | sunspots | stocks]. What to expect stands in `about`, below.
#include "console/commands.hpp"
#include "support/wanted_file.hpp"
#include "task/training.hpp"
#include "time_series/forecasts.hpp"
#include "time_series/options.hpp"
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/layers/standardization.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/losses.hpp>
#include <unroll/ops/shaping.hpp>

#include <cmath>

namespace time_series {
namespace {

using namespace unroll;

struct Forecaster {
  Standardization<> inputs, changes;  // made from the training part alone
  GruCell<> cell;
  Linear<> output, autoregression;

  Forecaster(const Settings& settings, std::size_t columns, const Random& random)
      : inputs({.width = columns}),
        changes({.width = settings.horizon}),
        cell({.inputs = columns, .hidden = settings.hidden}, random.split(0)),
        output({.inputs = settings.hidden, .outputs = 2 * settings.horizon}, random.split(1)),
        autoregression({.inputs = settings.steps, .outputs = settings.horizon}, random.split(2)) {}

  /// Means and log variances of the standardized changes, each [N, horizon].
  std::array<Variable<>, 2> operator()(Tape<>& tape, const SeriesBatch<>& batch) const {
    const auto x = inputs(slice(tape.constant(batch.inputs), 2, 1, inputs.mean.shape()[0]));  // [T, N, D]
    const auto [means, log_variances] = split<2>(output(run(cell, x).state.hidden));          // [N, horizon]
    const auto numbers = transpose(reshape(slice(x, 2, 0, 1), {x.shape()[0], batch.count}));  // [N, T]
    return {means + autoregression(numbers), log_variances};
  }
  static void members(auto& self, auto&& visit) {
    visit("inputs", self.inputs), visit("changes", self.changes);
    visit("cell", self.cell), visit("output", self.output), visit("autoregression", self.autoregression);
  }
};

auto loss_of(const Forecaster& model) {
  return [&model](Tape<>& tape, const SeriesBatch<>& batch) {
    const auto [means, log_variances] = model(tape, batch);
    return gaussian_negative_log_likelihood(means, log_variances, model.changes(changes_of(batch)));
  };
}

SeriesWindows<> windows_of(const Series& series, const Period& period, const Settings& settings, std::size_t batch,
                           WindowOrder order = WindowOrder::in_order) {
  return {series.values,
          period,
          {.steps = settings.steps, .horizon = settings.horizon, .targets = {0}, .batch = batch, .order = order}};
}

/// Forecasts each step of a period at every distance.
std::vector<Forecast> forecast(const Forecaster& model, const Series& series, const Period& period,
                               const Settings& settings) {
  std::vector<Forecast> forecasts;
  Tape<> tape(Recording::values);
  SeriesBatch<> batch;
  auto windows = windows_of(series, period, settings, 256);
  windows.begin_epoch(Random(0));
  for (std::size_t index = 0; index < windows.batches(); ++index, tape.clear()) {
    windows.read(index, BatchPart(), batch);
    const auto [means, log_variances] = model(tape, batch);
    const Tensor<> changes = model.changes.inverse(Tensor<>(means.value()));
    for (std::size_t n = 0; n < batch.count; ++n)
      for (std::size_t step = 0; step < settings.horizon; ++step) {
        const double last = batch.last.at({n, 0}), scale = model.changes.deviation.value()[step];
        forecasts.push_back({.row = batch.times[n] + step,
                             .ahead = step + 1,
                             .mean = last + changes.at({n, step}),
                             .deviation = scale * std::exp(log_variances.value().at({n, step}) / 2),
                             .truth = batch.targets.at({step, n, 0}),
                             .no_change = last});
      }
  }
  return forecasts;
}

/// Makes the intervals of each distance as wide as errors in a period were, which noise on the weights has widened.
void calibrate(Forecaster& model, const Series& series, const Period& period, const Settings& settings) {
  std::vector<double> squares(settings.horizon), counts(settings.horizon);
  for (const Forecast& f : forecast(model, series, period, settings))
    squares[f.ahead - 1] += std::pow((f.truth - f.mean) / f.deviation, 2), ++counts[f.ahead - 1];
  for (std::size_t step = 0; step < settings.horizon; ++step)
    model.output.bias.mutable_value()[settings.horizon + step] +=
        static_cast<float>(std::log(squares[step] / counts[step]));
}

/// Standardizes by what the training part alone says.
void standardize(Forecaster& model, const Series& series, const Period& training, const Settings& settings) {
  auto windows = windows_of(series, training, settings, training.steps());
  windows.begin_epoch(Random(0));
  SeriesBatch<> all;
  windows.read(0, BatchPart(), all);
  model.changes = Standardization<>(changes_of(all));
  model.inputs = Standardization<>(inputs_of(series, training));
}

/// Says how good forecasts of the test period are, and makes the page.
task::Scores judge(const Forecaster& model, const Series& series, const Period& test, const Options& options,
                   const Settings& settings) {
  const auto forecasts = forecast(model, series, test, settings);
  const auto scores = scores_of(forecasts, settings.variance, series.logarithm);
  support::write_if_wanted(options.page, page_of(forecasts, series, settings.series.target, scores));
  return scores;
}

int train(const Options& options) {
  expect_model_path(options.training, options.data);
  const Series series = series_of(support::CsvTable(options.data), options.settings.series);
  const Periods periods = periods_of(series, options.test_from, options.test_until, options.validation);
  Settings settings = options.settings;
  settings.variance = series.variance(periods.test.end);
  Forecaster model(settings, series.names.size(), Random(options.training.seed));
  standardize(model, series, periods.training, settings);

  auto training = windows_of(series, periods.training, settings, options.training.batch, WindowOrder::shuffled);
  auto validation = windows_of(series, periods.validation, settings, 256);
  const auto validate = [&](auto& trainer) { return trainer.measure(validation, loss_of(model)); };
  const task::Description description{
      .program = about.name, .items = "windows", .metadata = to_metadata(settings), .finish = [&] {
        calibrate(model, series, periods.validation, settings);
      }};
  const auto report = task::train(options.training, description, model, training, loss_of(model), validate);
  const auto scores = [&] { return judge(model, series, periods.test, options, settings); };
  return task::conclude(options.training, report, scores, options.expect);
}

struct Loaded {
  Settings settings;
  Series series;
  Forecaster model;
};

Loaded load(const Options& options) {
  const SafetensorsFile file = task::read_model(options.training.model, about.name);
  const Settings settings = settings_in(file.metadata);
  Series series = series_of(support::CsvTable(options.data), settings.series);
  Forecaster model(settings, series.names.size(), Random(0));
  load_module(file, model);
  return {settings, std::move(series), std::move(model)};
}

int evaluate(const Options& options) {
  const auto [settings, series, model] = load(options);
  const Periods periods = periods_of(series, options.test_from, options.test_until, 0);
  const auto scores = judge(model, series, periods.test, options, settings);
  console::write_output(options.training.json ? to_json(scores) : to_text(scores));
  expect_reached(scores, options.expect);
  return 0;
}

int forecast_next(const Options& options) {
  auto [settings, series, model] = load(options);
  const std::size_t known = series.rows();
  series.extend(settings.horizon);
  console::write_output(table_of(forecast(model, series, {known, known + settings.horizon}, settings), series));
  return 0;
}

const std::vector<console::Command<Options>> commands{
    {.name = "train",
     .description = "learns from a table, and judges the model on rows that it has not seen",
     .flags = train_flags,
     .run = train,
     .complete = expect_data_and_target,
     .is_for_every_process = true},
    {.name = "evaluate",
     .description = "judges a model on rows of a table",
     .flags = evaluate_flags,
     .run = evaluate,
     .complete = expect_data},
    {.name = "forecast",
     .description = "says what comes after the last row of a table (CSV)",
     .flags = forecast_flags,
     .run = forecast_next,
     .complete = expect_data}};

}  // namespace
}  // namespace time_series

int main(int count, char** words) {
  return console::run_commands(count, words, time_series::about, time_series::commands);
}
