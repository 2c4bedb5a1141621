#include "character_model/text.hpp"

#include "console/output.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/utf8.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace character_model {

namespace {

std::string read_standard_input() {
  constexpr std::size_t piece = 1 << 20;
  std::string bytes;
  while (bytes.size() <= most_piped_bytes) {
    const std::size_t before = bytes.size();
    bytes.resize(before + piece);
    const ssize_t got = ::read(STDIN_FILENO, bytes.data() + before, piece);
    const int reason = errno;
    bytes.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return bytes;
    if (got < 0 && reason != EINTR)
      throw unroll::IoError(fmt::format("cannot read standard input: {}", std::strerror(reason)));
  }
  throw unroll::IoError(fmt::format(
      "cannot read standard input: more than {} bytes, the limit for a text that is not a file", most_piped_bytes));
}

unroll::TextOptions options_of(CharacterUnit unit) {
  return {.unit = unit, .otherwise = "use --bytes to learn its bytes"};
}

TextFile with_notices(TextFile text) {
  for (const auto& notice : text.notices()) console::write_message(notice);
  return text;
}

}  // namespace

TextFile open_text(const std::string& path, CharacterUnit unit) {
  return with_notices(path == "-" ? TextFile(read_standard_input(), path, options_of(unit))
                                  : TextFile(path, options_of(unit)));
}

TextFile text_of(const std::string& flag, const std::string& value, CharacterUnit unit) {
  return with_notices(TextFile(value, flag, options_of(unit)));
}

std::string describe_character(char32_t character) {
  std::string text;
  unroll::append_utf8(text, character);
  text = unroll::printable(text);
  const bool seen = !text.starts_with("\\x") && !text.starts_with("\\u") && !text.starts_with("\\U");
  return fmt::format("{}(U+{:04X})", seen ? fmt::format("'{}' ", text) : "", static_cast<std::uint32_t>(character));
}

}  // namespace character_model
