#include "character_model/text.hpp"
#include "fuzz/support.hpp"

#include <cstddef>
#include <string>

using namespace character_model;

/// A text to learn from, as bytes or as code points. What is read is as long as it is said to be, and is written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto units = data[0] % 2 == 0 ? Units::bytes : Units::code_points;
  fuzzing::read_or_refuse<unroll::Error>([&] {
    const Text text = check_text(std::string(fuzzing::as_text(data + 1, size - 1)), units, "a text");
    for (const auto& notice : text.notices) fuzzing::expect_printable(notice);
    std::size_t count = 0;
    std::string again;
    for_each_character(text, [&](char32_t character) {
      ++count;
      fuzzing::expect(units == Units::bytes ? character < 256 : is_scalar_value(character), "a character is one");
      fuzzing::expect_printable(describe_character(character));
      if (units == Units::code_points) append_utf8(again, character);
    });
    fuzzing::expect(count == character_count(text), "a text has as many characters as are counted");
    // A byte order mark at the beginning is none of the text, so that one which begins with two is not read again
    // whole.
    if (units == Units::code_points && !again.starts_with("\xef\xbb\xbf")) {
      const Text same = check_text(again, units, "a text");
      fuzzing::expect(character_count(same) == count, "a text that is written is read again");
    }
  });
  return 0;
}
