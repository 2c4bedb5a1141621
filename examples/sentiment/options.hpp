#pragma once

#include "console/commands.hpp"
#include "sentiment/texts.hpp"
#include "task/training_flags.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sentiment {

/// The program's help.
extern const console::About about;

/// What decides which model learns, beside its vocabulary.
struct Sizes {
  std::uint64_t embedding = 64, hidden = 64;
  double dropout = 0.5, word_dropout = 0.4;  // while it learns
};

/// What a model's file says beside its weights, and back. Throws unroll::FileError for metadata that lack something.
std::map<std::string, std::string> to_metadata(const Vocabulary& vocabulary, const Sizes& sizes);
Vocabulary vocabulary_in(const std::map<std::string, std::string>& metadata);
Sizes sizes_in(const std::map<std::string, std::string>& metadata);

struct Options {
  task::TrainingFlags training{
      .model = "sentiment.safetensors", .default_epochs = 8, .learning_rate = 0.002, .average = 0.99};
  std::string data, test, page;
  Sizes sizes;
  std::uint64_t least = 3, most = 250;
  double validation = 0.1;
  std::optional<double> expect;
  std::string texts;
};

void train_flags(console::Flags& flags, Options& options);
void evaluate_flags(console::Flags& flags, Options& options);
void classify_flags(console::Flags& flags, Options& options);
/// Throw unroll::ArgumentError when a file that a command needs was not given.
void expect_data_and_test(const console::Flags& flags, Options& options);
void expect_test(const console::Flags& flags, Options& options);

}  // namespace sentiment
