#include "character_model/vocabulary.hpp"

#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>

using namespace character_model;
using Catch::Contains;

namespace {

TextFile text_of(const std::string& bytes, CharacterUnit unit = CharacterUnit::code_point) {
  return TextFile(bytes, "x", {.unit = unit});
}

std::vector<int> encoded(const Vocabulary& vocabulary, TextFile text, Unknown unknown = Unknown::error,
                         const std::string& what = "x") {
  const unroll::Tokens tokens = encode(vocabulary, text, unknown, what);
  std::vector<int> all(tokens.size());
  tokens.read(0, all);
  return all;
}

}  // namespace

TEST_CASE("tokens are the places of the characters in order") {
  const Vocabulary vocabulary = vocabulary_of(text_of("ba\u00e9b a"));
  CHECK(vocabulary.characters() == std::vector<char32_t>{U' ', U'a', U'b', U'\u00e9'});
  CHECK(vocabulary.token(U'b') == 2);
  CHECK(vocabulary.token(U'z') == std::nullopt);
  CHECK(encoded(vocabulary, text_of("b\u00e9 ")) == std::vector<int>{2, 3, 0});
}

TEST_CASE("decoding gives back what was encoded") {
  const std::string bytes = "two \u20ac, \U0001f600\n";
  const TextFile text = text_of(bytes, GENERATE(CharacterUnit::code_point, CharacterUnit::byte));
  const Vocabulary vocabulary = vocabulary_of(text);
  CHECK(decode(vocabulary, encoded(vocabulary, text)) == bytes);
}

TEST_CASE("bytes decode to valid UTF-8 even when they are none") {
  const TextFile text = text_of("\xff\xc3", CharacterUnit::byte);
  const Vocabulary vocabulary = vocabulary_of(text);
  CHECK(decode(vocabulary, encoded(vocabulary, text)) == "\ufffd\ufffd");
}

TEST_CASE("unknown characters are named, each once, or left out") {
  const Vocabulary vocabulary = vocabulary_of(text_of("abc"));
  CHECK_THROWS_WITH(encoded(vocabulary, text_of("a\u00e9b\u00e9\n"), Unknown::error, "--prompt"),
                    Contains("--prompt: the model does not know '\\n' (U+000A), '\u00e9' (U+00E9);")
                        && Contains("3 characters") && Contains("--unknown skip"));
  CHECK_THROWS_WITH(encoded(vocabulary, text_of("0123456789xyz")), Contains("and 3 more"));
  CHECK(encoded(vocabulary, text_of("a\u00e9b"), Unknown::skip) == std::vector<int>{0, 1});
}

TEST_CASE("a vocabulary is refused when it cannot be one") {
  CHECK_THROWS_WITH(Vocabulary(CharacterUnit::code_point, {}), Contains("0 different characters"));
  CHECK_THROWS_WITH(Vocabulary(CharacterUnit::code_point, {U'b', U'a'}), Contains("in order"));
  CHECK_THROWS_WITH(Vocabulary(CharacterUnit::code_point, {U'a', U'a'}), Contains("once"));
  CHECK_THROWS_WITH(Vocabulary(CharacterUnit::code_point, {0xd800}), Contains("U+D800"));
  CHECK_THROWS_WITH(Vocabulary(CharacterUnit::byte, {0x100}), Contains("bytes"));
  std::vector<char32_t> many;
  for (char32_t character = 0x10000; many.size() <= Vocabulary::max_size; ++character) many.push_back(character);
  CHECK_THROWS_WITH(Vocabulary(CharacterUnit::code_point, many), Contains("65537") && Contains("--bytes"));
}

TEST_CASE("a vocabulary comes back from its JSON") {
  const Vocabulary vocabulary =
      vocabulary_of(text_of("ab\u00e9", GENERATE(CharacterUnit::code_point, CharacterUnit::byte)));
  const Vocabulary again = vocabulary_from_json(vocabulary_to_json(vocabulary));
  CHECK(again.characters() == vocabulary.characters());
  CHECK(again.unit() == vocabulary.unit());
}

TEST_CASE("damaged JSON is no vocabulary") {
  const auto [json, why] = GENERATE(table<std::string, std::string>({
      {"", "JSON object"},
      {"[]", "JSON object"},
      {R"({"units":"bytes"})", "units and characters"},
      {R"({"units":"words","characters":[1]})", "neither"},
      {R"({"units":"bytes","characters":7})", "characters are not a list"},
      {R"({"units":"bytes","characters":[-1]})", "not a number"},
      {R"({"units":"bytes","characters":[1.5]})", "not a number"},
      {R"({"units":"bytes","characters":[300]})", "bytes"},
      {R"({"units":"code points","characters":[1,1]})", "once"},
      {R"({"units":"code points","characters":[55296]})", "U+D800"},
      {R"({"units":"code points","characters":[4294967296]})", "not a number"},
      {R"({"units":"code points","characters":[]})", "0 different"},
  }));
  CHECK_THROWS_AS(vocabulary_from_json(json), unroll::FileError);
  CHECK_THROWS_WITH(vocabulary_from_json(json), Contains("vocabulary is damaged") && Contains(why));
}
