#pragma once

#include "console/commands.hpp"
#include "speech/recordings.hpp"
#include "support/audio/augmentation.hpp"
#include "task/training_flags.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace speech {

/// The program's help.
extern const console::About about;

/// What is kept with a model.
struct Settings {
  std::uint64_t hidden = 128, layers = 2, filters = 40;
  bool streams = false;         // it reads forward alone, and so can write while somebody speaks
  std::uint64_t rate = 0;       // samples a second
  std::string letters{};        // of its alphabet
  std::string most_frequent{};  // of the texts that it learned from: the baseline
};
std::map<std::string, std::string> to_metadata(const Settings& settings);
/// Throws unroll::FileError for metadata that have no settings.
Settings settings_in(const std::map<std::string, std::string>& metadata);

struct Options {
  task::TrainingFlags training{
      .model = "speech.safetensors", .default_epochs = 20, .batch = 32, .learning_rate = 0.003, .average = 0.99};
  Settings settings;
  std::string data, file, page, words;
  HeldOut held_out;
  bool all = false;  // evaluate: hear every recording
  audio::Augmentation augmentation{.speed = 0.1, .level = 6, .noise = 15};
  double dropout = 0.2, validation = 0.03;
  std::uint64_t beam = 0;
  std::optional<double> expect;
};

void train_flags(console::Flags& flags, Options& options);
void evaluate_flags(console::Flags& flags, Options& options);
void transcribe_flags(console::Flags& flags, Options& options);
/// Throws unroll::ArgumentError when a flag that a command needs was not given.
void expect_data(const console::Flags& flags, Options& options);
void expect_file(const console::Flags& flags, Options& options);

}  // namespace speech
