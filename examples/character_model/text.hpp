#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Reading a text and seeing it as characters.
namespace character_model {

/// What counts as one character: a Unicode code point of a UTF-8 text, or a byte of any file.
enum class Units { code_points, bytes };

/// A text that has been checked: valid UTF-8 when its units are code points.
struct Text {
  std::string bytes;
  Units units = Units::code_points;
  /// What the reader should tell the user, one line each: a byte order mark dropped or in the middle, line
  /// ends of several kinds or CR alone, many control characters.
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

/// "'é' (U+00E9)", "'\n' (U+000A)", "(U+202E)": a character named in a message, and shown if it can be seen.
std::string describe_character(char32_t character);

/// Whether it is a Unicode scalar value: at most U+10FFFF and no surrogate.
bool is_scalar_value(std::uint64_t number);

/// Cuts a stream of bytes into valid UTF-8: bytes that cannot be part of it become U+FFFD. Bytes of a character that
/// is not complete yet are held back.
class Utf8Filter {
 public:
  /// What can be written now that `byte` has come.
  std::string push(char byte);
  /// What is left at the end: U+FFFD if a character was cut.
  std::string finish();

 private:
  std::string pending_;
};

}  // namespace character_model
