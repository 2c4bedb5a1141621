#pragma once

#include "console/commands.hpp"
#include "task/training_flags.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace music {

/// The program's help.
extern const console::About about;

/// What is kept with a model.
struct Settings {
  std::uint64_t steps_per_beat = 4, hidden = 256, layers = 1;
  double dropout = 0.3;
};
std::map<std::string, std::string> to_metadata(const Settings& settings);
/// Throws unroll::FileError for metadata that have no settings.
Settings settings_in(const std::map<std::string, std::string>& metadata);

struct Options {
  task::TrainingFlags training{
      .model = "music.safetensors", .default_epochs = 12, .batch = 8, .learning_rate = 0.006, .weight_noise = 0.075};
  Settings settings;
  std::string data, page;
  std::uint64_t excerpt = 192, transpose = 5;  // steps; semitones to either side
  std::optional<double> expect;
  std::string out = "music.mid", begin;
  std::uint64_t length = 256;
  double temperature = 1;
};

void train_flags(console::Flags& flags, Options& options);
void evaluate_flags(console::Flags& flags, Options& options);
void compose_flags(console::Flags& flags, Options& options);
/// Throws unroll::ArgumentError when no data was given.
void expect_data(const console::Flags& flags, Options& options);

}  // namespace music
