#pragma once

#include "character_model/text.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace character_model {

/// What to do with a character that the model has never seen.
enum class Unknown { error, skip };

/// The characters that a model knows, sorted; a character's token is its place among them.
class Vocabulary {
 public:
  /// Every one of them costs a row of the embedding and of the output layer.
  static constexpr std::size_t max_size = 65536;

  Vocabulary() = default;
  /// Throws unroll::ArgumentError unless the characters are strictly ascending Unicode scalar values (or bytes), and
  /// from 1 to max_size.
  Vocabulary(Units units, std::vector<char32_t> characters);

  std::size_t size() const { return characters_.size(); }
  Units units() const { return units_; }
  const std::vector<char32_t>& characters() const { return characters_; }

  std::optional<int> token(char32_t character) const;
  char32_t character(int token) const { return characters_[static_cast<std::size_t>(token)]; }

 private:
  Units units_ = Units::code_points;
  std::vector<char32_t> characters_;
};

/// The characters of a text. Throws unroll::ArgumentError when there are more than max_size.
Vocabulary vocabulary_of(const Text& text);

/// The text as tokens. Unknown characters are left out, or named in an unroll::ArgumentError that begins with `what`.
std::vector<int> encode(const Vocabulary& vocabulary, const Text& text, Unknown unknown, const std::string& what);

/// Writes tokens as valid UTF-8, one after the other. Refers to the vocabulary.
class Decoder {
 public:
  explicit Decoder(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}
  /// What can be written now that `token` has come: a character, or for bytes what they have completed.
  std::string push(int token);
  /// What is left at the end.
  std::string finish() { return filter_.finish(); }

 private:
  const Vocabulary& vocabulary_;
  Utf8Filter filter_;
};

/// The tokens as valid UTF-8; bytes that are none become U+FFFD.
std::string decode(const Vocabulary& vocabulary, std::span<const int> tokens);

/// `{"units":"code points","characters":[10,32,...]}` and back. Throws unroll::FileError for anything else.
std::string vocabulary_to_json(const Vocabulary& vocabulary);
Vocabulary vocabulary_from_json(const std::string& json);
/// The same of JSON that has been read.
Vocabulary vocabulary_from(const nlohmann::json& parsed);

}  // namespace character_model
