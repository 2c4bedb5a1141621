#pragma once

#include "console/commands.hpp"
#include "task/training_flags.hpp"
#include "time_series/series.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace time_series {

/// The program's help.
extern const console::About about;

/// What is kept with a model.
struct Settings {
  SeriesFlags series;
  std::uint64_t steps = 30, horizon = 7, hidden = 32;
  double variance = 0;  // of the target in all rows until the end of the test
};
std::map<std::string, std::string> to_metadata(const Settings& settings);
/// Throws unroll::FileError for metadata that have no settings.
Settings settings_in(const std::map<std::string, std::string>& metadata);

struct Options {
  task::TrainingFlags training{.model = "time_series.safetensors",
                               .default_epochs = 60,
                               .learning_rate = 0.002,
                               .weight_noise = 0.1,
                               .average = 0.98};
  Settings settings;
  std::string data, test_from, test_until, page;
  double validation = 0.2;
  std::optional<double> expect;
};

void train_flags(console::Flags& flags, Options& options);
void evaluate_flags(console::Flags& flags, Options& options);
void forecast_flags(console::Flags& flags, Options& options);
/// Throws unroll::ArgumentError when a flag that a command needs was not given.
void expect_data(const console::Flags& flags, Options& options);
void expect_data_and_target(const console::Flags& flags, Options& options);

}  // namespace time_series
