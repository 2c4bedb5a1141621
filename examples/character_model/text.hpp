#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Reads a text and splits it into characters.
namespace character_model {

/// The unit that counts as one character: a Unicode code point of a UTF-8 text, or a byte of any file.
enum class Units { code_points, bytes };

/// A checked text: valid UTF-8 when its units are code points.
struct Text {
  std::string bytes;
  Units units = Units::code_points;
  /// Notices for the user, one line each: a byte order mark dropped or in the middle, line ends of several kinds or CR
  /// alone, many control characters.
  std::vector<std::string> notices;
};

/// Checks bytes that came from `name`. Drops a UTF-8 byte order mark and says so. Throws unroll::ArgumentError for
/// UTF-16 and for invalid UTF-8, naming the offset and the byte, unless the units are bytes.
Text check_text(std::string bytes, Units units, const std::string& name);

/// The file at `path` (see read_input), checked.
Text read_text(const std::string& path, Units units);

/// Calls `visit` with every character in turn. The text must have been checked.
void for_each_character(const Text& text, const std::function<void(char32_t)>& visit);

std::size_t character_count(const Text& text);

/// Appends a code point as UTF-8.
void append_utf8(std::string& to, char32_t character);

/// "'é' (U+00E9)", "'\n' (U+000A)", "(U+202E)": a character for a message, shown if it is visible.
std::string describe_character(char32_t character);

/// Whether it is a Unicode scalar value: at most U+10FFFF and no surrogate.
bool is_scalar_value(std::uint64_t number);

/// Turns a stream of bytes into valid UTF-8: bytes that cannot be part of it become U+FFFD. The filter holds back the
/// bytes of an incomplete character.
class Utf8Filter {
 public:
  /// Takes a byte and returns the text that it completes.
  std::string push(char byte);
  /// The rest at the end: U+FFFD if the last character is incomplete.
  std::string finish();

 private:
  std::string pending_;
};

}  // namespace character_model
