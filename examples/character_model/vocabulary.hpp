#pragma once

#include "character_model/text.hpp"
#include <unroll/framework/files/utf8.hpp>
#include <unroll/models/trainer/tokens.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace character_model {

/// What becomes of a character that the model has never seen.
enum class Unknown { error, skip };

/// The characters that a model knows, sorted; a character's token is its index among them.
class Vocabulary {
 public:
  /// The most characters; each costs a row of the embedding and of the output layer.
  static constexpr std::size_t max_size = 65536;

  Vocabulary() = default;
  /// Throws unroll::ArgumentError unless the characters are strictly ascending Unicode scalar values (or bytes), and
  /// from 1 to max_size.
  Vocabulary(CharacterUnit unit, std::vector<char32_t> characters);

  std::size_t size() const { return characters_.size(); }
  CharacterUnit unit() const { return unit_; }
  const std::vector<char32_t>& characters() const { return characters_; }

  std::optional<int> token(char32_t character) const;
  char32_t character(int token) const { return characters_[static_cast<std::size_t>(token)]; }

 private:
  CharacterUnit unit_ = CharacterUnit::code_point;
  std::vector<char32_t> characters_;
};

/// The characters of a text. Throws unroll::ArgumentError when there are more than max_size.
Vocabulary vocabulary_of(const TextFile& text);

/// The text as tokens, which are read from it. Unknown characters are left out of it, or named in an
/// unroll::ArgumentError that begins with `what`.
unroll::Tokens encode(const Vocabulary& vocabulary, TextFile& text, Unknown unknown, const std::string& what);

/// Writes tokens as valid UTF-8, one after the other. It keeps a reference to the vocabulary.
class Decoder {
 public:
  explicit Decoder(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}
  /// Takes a token and returns its character, or the text that a byte completes.
  std::string push(int token);
  /// The rest at the end: U+FFFD if the last character is incomplete.
  std::string finish() { return filter_.finish(); }

 private:
  const Vocabulary& vocabulary_;
  unroll::Utf8Filter filter_;
};

/// The tokens as valid UTF-8; invalid bytes become U+FFFD.
std::string decode(const Vocabulary& vocabulary, std::span<const int> tokens);

/// `{"units":"code points","characters":[10,32,...]}` and back. Throws unroll::FileError for anything else.
std::string vocabulary_to_json(const Vocabulary& vocabulary);
Vocabulary vocabulary_from_json(const std::string& json);
/// The JSON of an untrusted model file, or a `discarded` value for text that is none. Throws as
/// unroll::is_bounded_json.
nlohmann::json parse_description(const std::string& json, const std::string& what);
/// The vocabulary in parsed JSON. Throws unroll::FileError for anything else.
Vocabulary vocabulary_from(const nlohmann::json& parsed);

}  // namespace character_model
