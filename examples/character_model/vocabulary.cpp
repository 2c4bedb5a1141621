#include "character_model/vocabulary.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/bounded_json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace character_model {

namespace {

const char* name_of(CharacterUnit unit) { return unit == CharacterUnit::byte ? "bytes" : "code points"; }

/// A list of at most `most` of the characters, for a message.
std::string list_characters(std::span<const char32_t> characters, std::size_t most) {
  std::string list;
  std::size_t count = 0;
  for (const char32_t character : characters) {
    if (count == most) return list + fmt::format(" and {} more", characters.size() - most);
    if (count++ > 0) list += ", ";
    list += describe_character(character);
  }
  return list;
}

}  // namespace

Vocabulary::Vocabulary(CharacterUnit unit, std::vector<char32_t> characters)
    : unit_(unit), characters_(std::move(characters)) {
  if (characters_.empty() || characters_.size() > max_size)
    throw unroll::ArgumentError(
        fmt::format("vocabulary: {} different characters, expected 1 to {}; "
                    "is this text? --bytes needs 256 at most",
                    characters_.size(), max_size));
  for (std::size_t i = 0; i < characters_.size(); ++i) {
    const char32_t character = characters_[i];
    if (unit == CharacterUnit::byte ? character > 0xff : !unroll::is_scalar_value(character))
      throw unroll::ArgumentError(fmt::format("vocabulary: U+{:04X} is not one of the {}",
                                              static_cast<std::uint32_t>(character),
                                              unit == CharacterUnit::byte ? "bytes" : "characters of Unicode"));
    if (i > 0 && characters_[i - 1] >= character)
      throw unroll::ArgumentError(fmt::format("vocabulary: {} after {}, expected each character once, in order",
                                              describe_character(character), describe_character(characters_[i - 1])));
  }
}

std::optional<int> Vocabulary::token(char32_t character) const {
  const auto found = std::lower_bound(characters_.begin(), characters_.end(), character);
  if (found == characters_.end() || *found != character) return std::nullopt;
  return static_cast<int>(found - characters_.begin());
}

Vocabulary vocabulary_of(const TextFile& text) {
  std::vector<char32_t> characters;
  for (const auto& [character, count] : text.characters()) characters.push_back(character);
  return Vocabulary(text.unit(), std::move(characters));
}

unroll::Tokens encode(const Vocabulary& vocabulary, TextFile& text, Unknown unknown, const std::string& what) {
  std::vector<char32_t> strangers;
  for (const auto& [character, count] : text.characters())
    if (!vocabulary.token(character)) strangers.push_back(character);
  if (unknown == Unknown::error && !strangers.empty())
    throw unroll::ArgumentError(fmt::format(
        "{}: the model does not know {}; it has learned {} {} (see inspect). --unknown skip leaves them out", what,
        list_characters(strangers, 10), vocabulary.size(),
        vocabulary.unit() == CharacterUnit::byte ? "bytes" : "characters"));
  if (!strangers.empty()) text.keep_only(vocabulary.characters());
  return unroll::tokens_of(text, vocabulary.characters());
}

std::string Decoder::push(int token) {
  const char32_t character = vocabulary_.character(token);
  if (vocabulary_.unit() == CharacterUnit::byte) return filter_.push(static_cast<char>(character));
  std::string text;
  unroll::append_utf8(text, character);
  return text;
}

std::string decode(const Vocabulary& vocabulary, std::span<const int> tokens) {
  std::string text;
  Decoder decoder(vocabulary);
  for (const int token : tokens) text += decoder.push(token);
  return text + decoder.finish();
}

std::string vocabulary_to_json(const Vocabulary& vocabulary) {
  nlohmann::ordered_json json;
  json["units"] = name_of(vocabulary.unit());
  json["characters"] = nlohmann::ordered_json::array();
  for (const char32_t character : vocabulary.characters())
    json["characters"].push_back(static_cast<std::uint32_t>(character));
  return json.dump();
}

nlohmann::json parse_description(const std::string& json, const std::string& what) {
  // A vocabulary of all code points takes 9 MB, and the deepest value is a list in an object in an object.
  constexpr unroll::JsonLimits limits{.bytes = std::size_t{16} << 20, .depth = 3};
  if (!unroll::is_bounded_json(json, limits, what)) return nlohmann::json(nlohmann::json::value_t::discarded);
  return nlohmann::json::parse(json);
}

Vocabulary vocabulary_from_json(const std::string& json) {
  return vocabulary_from(parse_description(json, "the model's vocabulary is damaged"));
}

Vocabulary vocabulary_from(const nlohmann::json& parsed) {
  const auto refuse = [](const std::string& why) -> unroll::FileError {
    return unroll::FileError("the model's vocabulary is damaged: " + why);
  };
  if (!parsed.is_object() || !parsed.contains("units") || !parsed.contains("characters"))
    throw refuse("expected a JSON object with units and characters");
  const auto& units = parsed["units"];
  if (units != "code points" && units != "bytes") throw refuse("units are neither code points nor bytes");
  if (!parsed["characters"].is_array()) throw refuse("characters are not a list");
  std::vector<char32_t> characters;
  for (const auto& number : parsed["characters"]) {
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() > 0x10ffff)
      throw refuse("a character is not a number from 0 to 1114111");
    characters.push_back(number.get<char32_t>());
  }
  try {
    return Vocabulary(units == "bytes" ? CharacterUnit::byte : CharacterUnit::code_point, std::move(characters));
  } catch (const unroll::ArgumentError& error) {
    throw refuse(error.what());
  }
}

}  // namespace character_model
