#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

/// Input that would harm the terminal or the reader of a message that quotes it.
namespace evil {

/// `piece` repeated to at least ten thousand bytes.
inline std::string many(std::string_view piece) {
  std::string text;
  while (text.size() < 10000) text += piece;
  return text;
}

/// Marks of writing direction, line separators, marks without width: valid UTF-8, and allowed in names.
inline constexpr std::string_view marks = "x\u202e\u2066\u200f\u061c\u2028\u200b\ufeff";
/// The same with control characters of both sets: valid UTF-8.
inline constexpr std::string_view controls = "\x1b[31m\a\r\n\x7f\u009b2J\u0085\u202e";
/// The same with bytes that are no UTF-8.
inline constexpr std::string_view bytes = "\x1b[31m\x7f\u009b\xff\xc3(\x9b\xe2\x80\u202e";

/// The fault of a message for a terminal, if it has one: it is too long, has a control character or an invisible mark,
/// or is not UTF-8. Some line breaks are allowed.
inline std::optional<std::string> fault_of(std::string_view message) {
  constexpr std::size_t longest = 4000;
  if (message.empty() || message.size() > longest) return fmt::format("it has {} bytes", message.size());
  for (std::size_t at = 0; at < message.size();) {
    const auto lead = static_cast<unsigned char>(message[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (length == 0 || at + length > message.size()) return fmt::format("it is not UTF-8 at byte {}", at);
    char32_t character = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(message[at + i]);
      if ((next & 0xc0U) != 0x80U) return fmt::format("it is not UTF-8 at byte {}", at + i);
      character = character << 6U | (next & 0x3fU);
    }
    const bool control = (character < 0x20 && character != '\n') || (character >= 0x7f && character < 0xa0);
    const bool mark = character == 0x61c || (character >= 0x200b && character <= 0x200f)
                      || (character >= 0x2028 && character <= 0x202e) || (character >= 0x2060 && character <= 0x206f)
                      || character == 0xfeff;
    if (control || mark) return fmt::format("it has U+{:04X} at byte {}", static_cast<std::uint32_t>(character), at);
    at += length;
  }
  return std::nullopt;
}

}  // namespace evil
