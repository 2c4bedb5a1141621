#include "character_model/text.hpp"

#include "character_model/input.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>
#include <utf8.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace character_model {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// Whether it is a control character that does not belong in a text.
bool is_strange(char32_t character) {
  return (character < 0x20 && character != '\t' && character != '\n' && character != '\r' && character != '\f')
         || (character >= 0x7f && character < 0xa0);
}

void refuse_utf16(const std::string& bytes, const std::string& name) {
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff"))
    throw unroll::ArgumentError(
        fmt::format("{}: this is UTF-16 (it begins with its byte order mark), expected UTF-8; convert it with "
                    "`iconv -f UTF-16 -t UTF-8`, or use --bytes",
                    unroll::quoted(name)));
}

void refuse_invalid_utf8(const std::string& bytes, const std::string& name) {
  const auto invalid = utf8::find_invalid(bytes.begin(), bytes.end());
  if (invalid == bytes.end()) return;
  throw unroll::ArgumentError(fmt::format(
      "{}: invalid UTF-8 at byte {} (0x{:02x}); convert the text to UTF-8, or use --bytes to learn its bytes",
      unroll::quoted(name), std::distance(bytes.begin(), invalid), static_cast<unsigned char>(*invalid)));
}

void warn_of_binary(Text& text, const std::string& name) {
  std::size_t characters = 0, strange = 0, zeros = 0;
  for_each_character(text, [&](char32_t character) {
    ++characters;
    strange += is_strange(character);
    zeros += character == 0;
  });
  if (zeros > 0 || strange > characters / 100)
    text.notices.push_back(fmt::format("{} does not look like text: {} of its {} characters are control characters{}",
                                       unroll::quoted(name), strange, characters,
                                       zeros > 0 ? fmt::format(", {} of them NUL", zeros) : ""));
}

/// Warns of unusual line ends: a model sees them as characters of their own.
void warn_of_line_ends(Text& text, const std::string& name) {
  std::size_t feeds = 0, both = 0, returns = 0;
  for (std::size_t at = 0; at < text.bytes.size(); ++at) {
    const bool is_return = text.bytes[at] == '\r';
    if (is_return && at + 1 < text.bytes.size() && text.bytes[at + 1] == '\n')
      ++both, ++at;
    else
      returns += is_return, feeds += text.bytes[at] == '\n';
  }
  const int kinds = (feeds > 0) + (both > 0) + (returns > 0);
  if (kinds > 1)
    text.notices.push_back(
        fmt::format("{} has line ends of several kinds: {} LF, {} CR LF, {} CR alone; each is learned as it is "
                    "(dos2unix and mac2unix make them LF)",
                    unroll::quoted(name), feeds, both, returns));
  else if (returns > 0)
    text.notices.push_back(
        fmt::format("{} has CR alone at its line ends, {} in all, as old Macs had; they are learned as they are "
                    "(mac2unix makes them LF)",
                    unroll::quoted(name), returns));
}

/// Warns of byte order marks inside the text. The caller has dropped one at the beginning, of `dropped` bytes.
void warn_of_inner_marks(Text& text, const std::string& name, std::size_t dropped) {
  std::size_t count = 0;
  const std::size_t first = text.bytes.find(byte_order_mark);
  for (std::size_t at = first; at != std::string::npos; at = text.bytes.find(byte_order_mark, at + 1)) ++count;
  if (count > 0)
    text.notices.push_back(
        fmt::format("{} has {} byte order mark{} inside, the first at byte {} (were files joined?); a mark there is "
                    "learned as a character",
                    unroll::quoted(name), count, count == 1 ? "" : "s", first + dropped));
}

}  // namespace

Text check_text(std::string bytes, Units units, const std::string& name) {
  Text text{.bytes = std::move(bytes), .units = units, .notices = {}};
  if (units == Units::bytes) return text;
  refuse_utf16(text.bytes, name);
  const bool marked = text.bytes.starts_with(byte_order_mark);
  if (marked) {
    text.bytes.erase(0, byte_order_mark.size());
    text.notices.push_back(fmt::format("{}: the byte order mark at the beginning is left out", unroll::quoted(name)));
  }
  refuse_invalid_utf8(text.bytes, name);
  warn_of_binary(text, name);
  warn_of_line_ends(text, name);
  warn_of_inner_marks(text, name, marked ? byte_order_mark.size() : 0);
  return text;
}

Text read_text(const std::string& path, Units units) { return check_text(read_input(path), units, path); }

void for_each_character(const Text& text, const std::function<void(char32_t)>& visit) {
  if (text.units == Units::bytes) {
    for (const char byte : text.bytes) visit(static_cast<unsigned char>(byte));
    return;
  }
  for (auto at = text.bytes.begin(); at != text.bytes.end();) visit(utf8::unchecked::next(at));
}

std::size_t character_count(const Text& text) {
  std::size_t count = 0;
  for_each_character(text, [&](char32_t) { ++count; });
  return count;
}

void append_utf8(std::string& to, char32_t character) { utf8::append(character, std::back_inserter(to)); }

bool is_scalar_value(std::uint64_t number) { return number <= 0x10ffff && (number < 0xd800 || number > 0xdfff); }

std::string describe_character(char32_t character) {
  std::string text;
  append_utf8(text, character);
  text = unroll::printable(text);
  const bool seen = !text.starts_with("\\x") && !text.starts_with("\\u") && !text.starts_with("\\U");
  return fmt::format("{}(U+{:04X})", seen ? fmt::format("'{}' ", text) : "", static_cast<std::uint32_t>(character));
}

namespace {
const std::string replacement = "\xef\xbf\xbd";

/// How many bytes a character with this first byte has; 0 when no character begins with it.
std::size_t length_of(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  if (byte >= 0xf0 && byte < 0xf5) return 4;
  return 0;
}
}  // namespace

std::string Utf8Filter::push(char byte) {
  std::string out;
  const bool continues = (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
  if (!pending_.empty() && !continues) out = finish();
  pending_ += byte;
  const std::size_t length = length_of(pending_.front());
  if (pending_.size() < length) return out;
  out += utf8::is_valid(pending_.begin(), pending_.end()) ? pending_ : replacement;
  pending_.clear();
  return out;
}

std::string Utf8Filter::finish() {
  if (pending_.empty()) return {};
  pending_.clear();
  return replacement;
}

}  // namespace character_model
