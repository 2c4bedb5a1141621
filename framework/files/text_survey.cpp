#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/text_file.hpp>
#include <unroll/framework/files/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace unroll::inline v0::detail {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t piece_bytes = std::size_t{1} << 18;  // stays in a core's cache
constexpr std::size_t ascii_characters = 128, all_bytes = 256, all_characters = 0x110000;

/// The first bytes of a text.
std::string head_of(const ByteSource& bytes) {
  std::string head(std::min<std::uint64_t>(byte_order_mark.size(), bytes.size), '\0');
  bytes.read(0, std::as_writable_bytes(std::span(head)));
  return head;
}

/// Counts bytes. A table takes every fourth: a byte that is often there would wait for its own counter.
class ByteCounts {
 public:
  void add(std::span<const std::byte> bytes) {
    std::size_t i = 0;
    for (; i + 4 <= bytes.size(); i += 4)
      for (std::size_t table = 0; table < 4; ++table) ++tables_[table][std::to_integer<std::size_t>(bytes[i + table])];
    for (; i < bytes.size(); ++i) ++tables_[0][std::to_integer<std::size_t>(bytes[i])];
  }
  std::uint64_t count(std::size_t byte) const {
    return tables_[0][byte] + tables_[1][byte] + tables_[2][byte] + tables_[3][byte];
  }

 private:
  std::array<std::array<std::uint64_t, all_bytes>, 4> tables_{};
};

/// How many bytes at the beginning are ASCII, or a few less.
std::size_t ascii_at_front(std::span<const std::byte> bytes) {
  std::size_t i = 0;
  for (; i + 32 <= bytes.size(); i += 32) {
    std::array<std::uint64_t, 4> words;
    std::memcpy(words.data(), bytes.data() + i, sizeof(words));
    if (((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080U) != 0) break;
  }
  while (i < bytes.size() && bytes[i] < std::byte{0x80}) ++i;
  return i;
}

/// Goes through a text piece by piece.
class Surveyor {
 public:
  Surveyor(const ByteSource& source, const TextOptions& options) : source_(source), options_(options) {}

  TextSurvey survey() {
    if (is_utf8()) begin_utf8();
    std::vector<std::byte> piece(std::min<std::uint64_t>(piece_bytes, source_.size));
    for (offset_ = survey_.begin; offset_ < source_.size;) {
      const std::span bytes(piece.data(), std::min<std::uint64_t>(piece.size(), source_.size - offset_));
      source_.read(offset_, bytes);
      const std::size_t taken = is_utf8() ? take_utf8(bytes) : take_ascii(bytes);
      count_line_ends(bytes.first(taken));
      offset_ += taken;
    }
    list_characters();
    return std::move(survey_);
  }

 private:
  bool is_utf8() const { return options_.unit == CharacterUnit::code_point; }

  void begin_utf8() {
    const std::string head = head_of(source_);
    if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff"))
      throw ArgumentError(
          fmt::format("{}: this is UTF-16 (it begins with its byte order mark), expected UTF-8; convert it with `iconv "
                      "-f UTF-16 -t UTF-8`, or {}",
                      quoted(source_.name), options_.otherwise));
    if (head == byte_order_mark) survey_.begin = byte_order_mark.size();
  }

  /// Takes bytes that are a character each.
  std::size_t take_ascii(std::span<const std::byte> bytes) {
    counts_.add(bytes);
    const std::uint64_t end = survey_.size + bytes.size();
    for (; next_landmark_ < end; next_landmark_ += landmark_distance)
      survey_.landmarks.push_back(offset_ + (next_landmark_ - survey_.size));
    survey_.size = end;
    return bytes.size();
  }

  /// Takes the characters that are whole.
  std::size_t take_utf8(std::span<const std::byte> bytes) {
    const std::uint64_t begin = offset_;
    while (!bytes.empty()) {
      const std::size_t ascii = ascii_at_front(bytes);
      take_ascii(bytes.first(ascii));
      offset_ += ascii, bytes = bytes.subspan(ascii);
      while (!bytes.empty() && bytes.front() >= std::byte{0x80}) {
        const DecodedCharacter next = decode_utf8(bytes);
        const bool is_cut = next.length > bytes.size();
        if (next.length == 0 || (is_cut && offset_ + bytes.size() == source_.size)) refuse_invalid(bytes.front());
        if (is_cut) return end_piece(begin);
        take_character(next.character);
        offset_ += next.length, bytes = bytes.subspan(next.length);
      }
    }
    return end_piece(begin);
  }
  std::size_t end_piece(std::uint64_t begin) {
    const std::uint64_t taken = offset_ - begin;
    offset_ = begin;
    return taken;
  }

  void take_character(char32_t character) {
    if (beyond_ascii_.empty()) beyond_ascii_.resize(all_characters);
    if (beyond_ascii_[character]++ == 0 && character == 0xfeff) survey_.first_inner_mark = offset_;
    if (survey_.size == next_landmark_) survey_.landmarks.push_back(offset_), next_landmark_ += landmark_distance;
    ++survey_.size;
  }

  [[noreturn]] void refuse_invalid(std::byte byte) const {
    throw ArgumentError(fmt::format("{}: invalid UTF-8 at byte {} (0x{:02x}); convert the text to UTF-8, or {}",
                                    quoted(source_.name), offset_, std::to_integer<unsigned>(byte),
                                    options_.otherwise));
  }

  /// Counts CR LF, also when they are in two pieces.
  void count_line_ends(std::span<const std::byte> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (follows_return_ && text.starts_with('\n')) ++survey_.line_ends_of_two;
    for (std::size_t at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1))
      if (at + 1 < text.size() && text[at + 1] == '\n') ++survey_.line_ends_of_two;
    follows_return_ = text.ends_with('\r');
  }

  void list_characters() {
    const auto list = [&](std::size_t character, std::uint64_t count) {
      if (count > 0) survey_.characters.push_back({static_cast<char32_t>(character), count});
    };
    const std::size_t bytes = is_utf8() ? ascii_characters : all_bytes;
    for (std::size_t byte = 0; byte < bytes; ++byte) list(byte, counts_.count(byte));
    for (std::size_t character = bytes; character < beyond_ascii_.size(); ++character)
      list(character, beyond_ascii_[character]);
  }

  const ByteSource& source_;
  const TextOptions& options_;
  TextSurvey survey_;
  ByteCounts counts_;
  std::vector<std::uint64_t> beyond_ascii_;
  std::uint64_t offset_ = 0, next_landmark_ = 0;
  bool follows_return_ = false;
};

}  // namespace

TextSurvey survey_text(const ByteSource& bytes, const TextOptions& options) {
  return Surveyor(bytes, options).survey();
}

}  // namespace unroll::inline v0::detail
