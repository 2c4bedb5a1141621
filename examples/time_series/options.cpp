#include "time_series/options.hpp"

#include <unroll/framework/files/metadata.hpp>

namespace time_series {

const console::About about{
    .name = "time_series",
    .version = EXAMPLES_VERSION,
    .text = R"(time_series: forecasts a column of a table several steps ahead, with intervals)",
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
