#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

namespace {

// Longer than any sensible parameter name, short enough for a line of a log.
constexpr std::size_t longest_text = 200;
constexpr std::size_t longest_value = 100;
// Longer than most paths there are. A longer one shows its beginning, and room for the longest file name at its end.
constexpr std::size_t longest_path = 500, path_front = 150, path_back = 300;
constexpr std::size_t longest_list = 1000;

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }  // 10xxxxxx, in UTF-8

/// The longest prefix of at most `longest` bytes that does not cut a character.
std::string_view front_of(std::string_view text, std::size_t longest) {
  std::size_t at = longest;
  while (at > longest - 3 && continues(text[at])) --at;
  return text.substr(0, at);
}

std::string_view back_of(std::string_view text, std::size_t longest) {
  std::size_t at = text.size() - longest;
  for (std::size_t i = 0; i < 3 && continues(text[at]); ++i) ++at;
  return text.substr(at);
}

std::string count_of_bytes(std::size_t count) { return fmt::format("{} byte{}", count, count == 1 ? "" : "s"); }

}  // namespace

std::string quoted(std::string_view text) {
  if (text.size() <= longest_text) return fmt::format("{:?}", text);
  const std::string_view front = front_of(text, longest_text);
  return fmt::format("{:?}... ({} more)", front, count_of_bytes(text.size() - front.size()));
}

std::string quoted(const std::filesystem::path& path) {
  const std::string_view text = path.native();
  if (text.size() <= longest_path) return fmt::format("{:?}", text);
  const std::string_view front = front_of(text, path_front), back = back_of(text, path_back);
  return fmt::format("{:?}... ({} left out) ...{:?}", front, count_of_bytes(text.size() - front.size() - back.size()),
                     back);
}

std::string escaped(std::string_view text) {
  const std::string in_quotes = fmt::format("{:?}", text);
  std::string result;  // without the quotes, and without the escapes that only text in quotes needs
  for (std::size_t at = 1; at + 1 < in_quotes.size(); ++at) {
    if (in_quotes[at] == '\\' && (in_quotes[at + 1] == '"' || in_quotes[at + 1] == '\\')) ++at;
    result += in_quotes[at];
  }
  return result;
}

std::string printable(std::string_view text) {
  if (text.size() <= longest_value) return escaped(text);
  const std::string_view front = front_of(text, longest_value);
  return fmt::format("{}... ({} more)", escaped(front), count_of_bytes(text.size() - front.size()));
}

std::string listed(std::span<const std::string> parts, std::string_view separator) {
  std::string list;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && list.size() + separator.size() + parts[i].size() > longest_list)
      return fmt::format("{} and {} more", list, parts.size() - i);
    if (i > 0) list += separator;
    list += parts[i];
  }
  return list;
}

}  // namespace unroll::inline v0
