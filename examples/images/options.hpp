#pragma once

#include "console/commands.hpp"
#include "images/image_batches.hpp"
#include "task/training_flags.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace images {

/// The program's help.
extern const console::About about;

/// What is kept with a model.
struct Settings {
  Reading reading;
  std::uint64_t hidden = 128;
  std::string classes = "0,1,2,3,4,5,6,7,8,9";  // their names, from label 0 on

  std::vector<std::string> names() const;
};
std::map<std::string, std::string> to_metadata(const Settings& settings);
/// Throws unroll::FileError for metadata that have no settings.
Settings settings_in(const std::map<std::string, std::string>& metadata);

struct Options {
  task::TrainingFlags training{.model = "images.safetensors",
                               .default_epochs = 10,
                               .batch = 64,
                               .optimizer = "adamw",
                               .learning_rate = 0.003,
                               .weight_decay = 0.01,
                               .average = 0.998};
  Settings settings;
  Changes changes;
  std::string data, page, file;  // the file is the one to classify
  bool dark_on_light = false;
  std::uint64_t validation = 5000;  // images
  std::optional<double> expect;
};

void train_flags(console::Flags& flags, Options& options);
void evaluate_flags(console::Flags& flags, Options& options);
void classify_flags(console::Flags& flags, Options& options);
/// Throws unroll::ArgumentError when a flag that a command needs was not given.
void expect_data(const console::Flags& flags, Options& options);
/// The same for the file to classify.
void expect_file(const console::Flags& flags, Options& options);

}  // namespace images
