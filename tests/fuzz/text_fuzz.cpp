#include "fuzz/support.hpp"
#include <unroll/framework/files/text_file.hpp>
#include <unroll/framework/files/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

using namespace unroll;

namespace {

std::u32string characters_of(const TextFile& text) {
  std::u32string characters(text.size(), U'?');
  text.read(0, characters);
  return characters;
}

}  // namespace

/// A text to learn from, as bytes or as code points. What is read is as long as it is said to be, in one piece and in
/// two, and is written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto unit = data[0] % 2 == 0 ? CharacterUnit::byte : CharacterUnit::code_point;
  fuzzing::read_or_refuse<Error>([&] {
    const TextFile text(std::string(fuzzing::as_text(data + 1, size - 1)), "a text", {.unit = unit});
    for (const auto& notice : text.notices()) fuzzing::expect_printable(notice);
    const std::u32string characters = characters_of(text);
    std::string again;
    for (const char32_t character : characters) {
      fuzzing::expect(unit == CharacterUnit::byte ? character < 256 : is_scalar_value(character), "a character is one");
      const auto is_it = [&](const CharacterCount& counted) { return counted.character == character; };
      fuzzing::expect(std::ranges::any_of(text.characters(), is_it), "a character that is read has been counted");
      if (unit == CharacterUnit::code_point) append_utf8(again, character);
    }
    std::u32string rest(characters.size() / 2, U'?');
    text.read(characters.size() - rest.size(), rest);
    fuzzing::expect(characters.ends_with(rest), "a text read from its middle on is the end of the whole");
    // A byte order mark at the beginning is none of the text, so that one which begins with two is not read again
    // whole.
    if (unit == CharacterUnit::code_point && !again.starts_with("\xef\xbb\xbf"))
      fuzzing::expect(characters_of(TextFile(again, "a text")) == characters, "a text that is written is read again");
  });
  return 0;
}
