#pragma once

#include "character_model/cell_kind.hpp"
#include "character_model/vocabulary.hpp"

#include <cstdint>
#include <string>

namespace character_model {

/// The settings of a model, besides its weights and its vocabulary.
struct Settings {
  CellKind cell = CellKind::lstm;
  std::uint64_t layers = 1;
  std::uint64_t hidden = 256;
  std::uint64_t embedding = 64;
  double dropout = 0;  // between layers, while training

  bool operator==(const Settings&) const = default;
};

/// The largest settings. Their products fit 64 bits.
inline constexpr std::uint64_t most_layers = 1000, most_hidden = 65536, most_batch = 65536, most_steps = 1000000,
                               most_threads = 256;

/// How many numbers training changes.
double parameter_count(const Settings& settings, std::size_t vocabulary);

/// The description in a model file: settings and vocabulary.
struct Description {
  Settings settings;
  Vocabulary vocabulary;
  /// The most frequent character of the training text, which stands for an empty prompt.
  int start = 0;
};

/// As JSON, with the version of this format, for a model file's metadata.
std::string description_to_json(const Description& description);
/// The description in such JSON. Throws unroll::FileError for text that this version of the program has not written.
Description description_from_json(const std::string& json);

}  // namespace character_model
