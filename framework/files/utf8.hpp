#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

/// UTF-8: characters of Unicode as bytes, and back.
namespace unroll::inline v0 {

/// Whether it is a Unicode scalar value: at most U+10FFFF and no surrogate.
constexpr bool is_scalar_value(std::uint64_t number) {
  return number <= 0x10ffff && (number < 0xd800 || number > 0xdfff);
}

/// Appends a character, which must be a scalar value, to a text.
void append_utf8(std::string& to, char32_t character);

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

namespace detail {

/// A character and its bytes.
struct DecodedCharacter {
  char32_t character;
  std::size_t length;  // in bytes; 0: they are no UTF-8; more than there are: they are cut off, or no UTF-8
};
/// The character at the beginning of some bytes, of which there must be one (Unicode, table 3-7).
inline DecodedCharacter decode_utf8(std::span<const std::byte> bytes) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length == 0 || bytes.size() < length) return {0, length};
  // Neither longer than it must be, nor a surrogate, nor beyond U+10FFFF.
  const std::uint32_t least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const std::uint32_t most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < least || byte(1) > most) return {0, 0};
  std::uint32_t character = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {0, 0};
    character = character << 6U | (byte(i) & 0x3fU);
  }
  return {character, length};
}

}  // namespace detail

}  // namespace unroll::inline v0
