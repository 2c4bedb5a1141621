#pragma once

#include "character_model/vocabulary.hpp"
#include "support/cell_kind.hpp"

#include <cstdint>
#include <string>

namespace character_model {

using support::cell_names;
using support::CellKind;

/// What a model is made of, beside its weights and its vocabulary.
struct Settings {
  CellKind cell = CellKind::lstm;
  std::uint64_t layers = 1;
  std::uint64_t hidden = 256;
  std::uint64_t embedding = 64;
  double dropout = 0;  // between layers, while training

  bool operator==(const Settings&) const = default;
};

/// What these may be. Products of them fit 64 bits.
inline constexpr std::uint64_t most_layers = 1000, most_hidden = 65536, most_batch = 65536, most_steps = 1000000,
                               most_threads = 256;

/// How many numbers a model learns.
double parameter_count(const Settings& settings, std::size_t vocabulary);

/// What a model file says of itself: its settings and its vocabulary.
struct Description {
  Settings settings;
  Vocabulary vocabulary;
  /// The most frequent character of its text: what an empty prompt goes on from.
  int start = 0;
};

/// As JSON, with the version of this format, for a model file's metadata.
std::string description_to_json(const Description& description);
/// Throws unroll::FileError for text that this program, in this version, has not written.
Description description_from_json(const std::string& json);

}  // namespace character_model
