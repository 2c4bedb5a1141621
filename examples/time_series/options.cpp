#include "time_series/options.hpp"

#include <unroll/framework/files/metadata.hpp>

namespace time_series {

const console::About about{
    .name = "time_series",
    .version = EXAMPLES_VERSION,
    .text = R"(time_series: forecasts a column of a table several steps ahead, with intervals

A GRU reads the rows before, and gives the mean and the variance of the change of each step ahead. It
learns from the rows before the test, and is judged beside the forecast that nothing changes.

Expected, from seeds 1 to 3, with the flags of ./examples/run time_series, and checked (--expect):
                                              model           no change
  Seattle's daily high, 1 day ahead, RMSE     2.80 to 2.81    3.09
                        7 days ahead          3.51 to 3.64    4.98
    within intervals of 50 and 90 %           50 to 51, 91
  sunspots of a year, squared error divided by the variance (test of 35 and 24 years: too short to judge
  intervals by; Weigend et al. 1990 have 0.086 and 0.35):
                        1921 to 1955          0.12 to 0.13    0.43
                        1956 to 1979          0.35 to 0.39    0.97
  S&P 500, logarithm, 1 day ahead, RMSE       1.20 %          1.21 %
                      5 days ahead            2.41 %          2.38 %
    Nobody should trade by this: beside no change there is nothing to see.)",
    .footer =
        R"(exit codes: 0 done, 1 a file cannot be read or written, 2 wrong usage, 3 a table or model file that is damaged,
            4 worse than --expect, or numbers became infinite, 128 + signal stopped by a signal)"};

namespace {

void data_flag(console::Flags& flags, Options& options) {
  flags.text("--data", "FILE", options.data, "table (CSV), a row for each step in time, whose first line has names");
}

void model_flag(console::Flags& flags, Options& options) {
  flags.text("--model", "FILE", options.training.model, "model file");
}

void test_flags(console::Flags& flags, Options& options) {
  flags.text("--test-from", "ROW", options.test_from,
             "first row of the test, as its date is written; else the last fifth is the test");
  flags.text("--test-until", "ROW", options.test_until, "last row of the test; else the last one of the table");
  flags.text("--page", "FILE", options.page, "page (HTML) of forecasts to write");
  flags.real("--expect", options.expect, unroll::not_negative,
             "greatest error one step ahead; above it the program ends with 4");
}

}  // namespace

std::map<std::string, std::string> to_metadata(const Settings& settings) {
  auto metadata = to_metadata(settings.series);
  metadata["steps"] = unroll::number_text(settings.steps);
  metadata["horizon"] = unroll::number_text(settings.horizon);
  metadata["variance"] = unroll::number_text(settings.variance);
  metadata["hidden"] = unroll::number_text(settings.hidden);
  return metadata;
}

Settings settings_in(const std::map<std::string, std::string>& metadata) {
  return {.series = series_flags_in(metadata),
          .steps = unroll::number_in<std::uint64_t>(metadata, "steps"),
          .horizon = unroll::number_in<std::uint64_t>(metadata, "horizon"),
          .hidden = unroll::number_in<std::uint64_t>(metadata, "hidden"),
          .variance = unroll::number_in<double>(metadata, "variance")};
}

void train_flags(console::Flags& flags, Options& options) {
  Settings& settings = options.settings;
  data_flag(flags, options);
  flags.text("--target", "NAME", settings.series.target, "column to forecast");
  flags.text("--date", "NAME", settings.series.date, "column that names the rows; else the first");
  flags.flag("--calendar", settings.series.calendar, "read the time of the year, too, which dates tell");
  flags.flag("--alone", settings.series.alone, "read no column but the target");
  flags.flag("--changes", settings.series.changes, "read changes from row to row, as for prices");
  flags.flag("--logarithm", settings.series.logarithm, "forecast the logarithm of the target, as for prices");
  flags.whole("--steps", settings.steps, 1, 100000, "rows that a forecast is made from");
  flags.whole("--horizon", settings.horizon, 1, 10000, "rows ahead that are forecast");
  flags.whole("--hidden", settings.hidden, 1, 4096, "units of the cell");
  flags.real("--validation", options.validation, {.low = 0, .high = 0.9, .open_low = true},
             "fraction of the rows before the test, at their end, that decides which model is the best");
  test_flags(flags, options);
  add_training_flags(flags, options.training, "windows");
}

void evaluate_flags(console::Flags& flags, Options& options) {
  model_flag(flags, options), data_flag(flags, options), test_flags(flags, options);
  flags.flag("--json", options.training.json, "print one JSON object on standard output");
}

void forecast_flags(console::Flags& flags, Options& options) { model_flag(flags, options), data_flag(flags, options); }

void expect_data(const console::Flags& flags, Options& options) { flags.require("--data", options.data); }

void expect_data_and_target(const console::Flags& flags, Options& options) {
  expect_data(flags, options);
  flags.require("--target", options.settings.series.target);
}

}  // namespace time_series
