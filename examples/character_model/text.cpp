#include "character_model/text.hpp"

#include "console/output.hpp"
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/framework/files/utf8.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>

namespace character_model {

namespace {

/// The most bytes of a text on standard input, which stays in memory.
constexpr std::uint64_t most_piped_bytes = std::uint64_t{4} << 30;

unroll::TextOptions options_of(CharacterUnit unit) {
  return {.unit = unit, .otherwise = "use --bytes to learn its bytes"};
}

TextFile with_notices(TextFile text) {
  for (const auto& notice : text.notices()) console::write_message(notice);
  return text;
}

}  // namespace

TextFile open_text(const std::string& path, CharacterUnit unit) {
  return with_notices(path == "-" ? TextFile(unroll::read_stream(STDIN_FILENO, "standard input", most_piped_bytes),
                                             path, options_of(unit))
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
