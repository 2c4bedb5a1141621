#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/framework/files/text_file.hpp>
#include <unroll/framework/files/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace unroll::inline v0 {

namespace {

constexpr std::size_t buffer_bytes = 16384;  // on the stack

/// Whether it is a control character that does not belong in a text.
bool is_strange(char32_t character) {
  return (character < 0x20 && character != '\t' && character != '\n' && character != '\r' && character != '\f')
         || (character >= 0x7f && character < 0xa0);
}

/// What is unusual about the line ends: a model sees them as characters of their own.
std::string notice_of_line_ends(const std::string& name, std::uint64_t feeds, std::uint64_t both,
                                std::uint64_t returns) {
  if ((feeds > 0) + (both > 0) + (returns > 0) > 1)
    return fmt::format(
        "{} has line ends of several kinds: {} LF, {} CR LF, {} CR alone; each is learned as it is "
        "(dos2unix and mac2unix make them LF)",
        name, feeds, both, returns);
  if (returns == 0) return "";
  return fmt::format(
      "{} has CR alone at its line ends, {} in all, as old Macs had; they are learned as they are "
      "(mac2unix makes them LF)",
      name, returns);
}

/// What a user should know of a text of UTF-8.
std::vector<std::string> notices_of(const std::string& name, const detail::TextSurvey& survey) {
  const auto count = [&](char32_t character) -> std::uint64_t {
    const auto found = std::ranges::lower_bound(survey.characters, character, {}, &CharacterCount::character);
    return found != survey.characters.end() && found->character == character ? found->count : 0;
  };
  std::vector<std::string> notices;
  if (survey.begin > 0) notices.push_back(fmt::format("{}: the byte order mark at the beginning is left out", name));
  std::uint64_t strange = 0;
  for (const auto& [character, times] : survey.characters) strange += is_strange(character) ? times : 0;
  if (const std::uint64_t zeros = count(0); zeros > 0 || strange > survey.size / 100)
    notices.push_back(fmt::format("{} does not look like text: {} of its {} characters are control characters{}", name,
                                  strange, survey.size, zeros > 0 ? fmt::format(", {} of them NUL", zeros) : ""));
  const std::uint64_t both = survey.line_ends_of_two;
  if (const auto notice = notice_of_line_ends(name, count('\n') - both, both, count('\r') - both); !notice.empty())
    notices.push_back(notice);
  if (const std::uint64_t marks = count(0xfeff); marks > 0)
    notices.push_back(
        fmt::format("{} has {} inside, the first at byte {} (were files joined?); a mark there is "
                    "learned as a character",
                    name, counted(marks, "byte order mark"), survey.first_inner_mark));
  return notices;
}

}  // namespace

detail::ByteSource TextFile::in_file(const std::filesystem::path& path) {
  const auto file = std::make_shared<const InputFile>(path);
  return {.name = path.string(), .size = file->size(), .read = [file](std::uint64_t offset, std::span<std::byte> to) {
            file->read(offset, to);
            file->expect_unchanged();
          }};
}

detail::ByteSource TextFile::in_memory(std::string bytes, std::string_view name) {
  const auto text = std::make_shared<const std::string>(std::move(bytes));
  return {
      .name = std::string(name), .size = text->size(), .read = [text](std::uint64_t offset, std::span<std::byte> to) {
        std::copy_n(std::as_bytes(std::span(*text)).begin() + static_cast<std::ptrdiff_t>(offset), to.size(),
                    to.begin());
      }};
}

TextFile::TextFile(detail::ByteSource bytes, const TextOptions& options)
    : bytes_(std::move(bytes)), unit_(options.unit), survey_(survey_text(bytes_, options)) {
  if (unit_ == CharacterUnit::code_point) notices_ = notices_of(quoted(bytes_.name), survey_);
}

void TextFile::refuse_changed() const {
  throw IoError(fmt::format("cannot read {}: it was changed while it was read: it is no longer the UTF-8 that it was",
                            quoted(bytes_.name)));
}

/// Reads characters that are a byte each, and lie where their numbers say.
void TextFile::read_bytes(std::uint64_t first, std::span<char32_t> to) const {
  std::array<std::byte, buffer_bytes> buffer;
  for (std::uint64_t offset = survey_.begin + first; !to.empty();) {
    const std::span bytes(buffer.data(), std::min(buffer.size(), to.size()));
    bytes_.read(offset, bytes);
    std::ranges::transform(bytes, to.begin(), [](std::byte byte) { return std::to_integer<char32_t>(byte); });
    offset += bytes.size(), to = to.subspan(bytes.size());
  }
}

/// The byte of the character that comes so many behind the one at `offset`: counts the bytes that begin one.
std::uint64_t TextFile::skip_characters(std::uint64_t offset, std::uint64_t count) const {
  std::array<std::byte, buffer_bytes> buffer;
  constexpr std::size_t block_bytes = 256;
  const auto begins = [](std::byte byte) { return (byte & std::byte{0xc0}) != std::byte{0x80}; };
  while (offset < bytes_.size) {
    const std::span bytes(buffer.data(), std::min<std::uint64_t>(buffer.size(), bytes_.size - offset));
    bytes_.read(offset, bytes);
    for (std::size_t at = 0; at < bytes.size(); at += block_bytes) {
      const auto block = bytes.subspan(at, std::min(block_bytes, bytes.size() - at));
      const auto beginning = static_cast<std::uint64_t>(std::ranges::count_if(block, begins));
      if (beginning > count)
        for (std::size_t i = 0;; ++i)
          if (begins(block[i]) && count-- == 0) return offset + at + i;
      count -= beginning;
    }
    offset += bytes.size();
  }
  refuse_changed();
}

/// Visits characters, with their offsets, from the one at an offset on until `visit` says false or the text ends.
template <class Visit>
void TextFile::decode_from(std::uint64_t offset, const Visit& visit) const {
  std::array<std::byte, buffer_bytes> buffer;
  while (offset < bytes_.size) {
    std::span<std::byte> bytes(buffer.data(), std::min<std::uint64_t>(buffer.size(), bytes_.size - offset));
    bytes_.read(offset, bytes);
    for (std::size_t at = 0; at < bytes.size();) {
      const auto next = unit_ == CharacterUnit::byte ? detail::DecodedCharacter{std::to_integer<char32_t>(bytes[at]), 1}
                                                     : detail::decode_utf8(bytes.subspan(at));
      if (next.length > bytes.size() - at && offset + bytes.size() < bytes_.size) {
        bytes = bytes.first(at);  // the rest of a character comes with the next bytes
        break;
      }
      if (next.length == 0 || next.length > bytes.size() - at) refuse_changed();
      if (!visit(next.character, offset + at)) return;
      at += next.length;
    }
    offset += bytes.size();
  }
}

void TextFile::read(std::uint64_t first, std::span<char32_t> to) const {
  if (first > size() || to.size() > size() - first)
    throw ArgumentError(fmt::format("{}: {} from number {} on asked for, expected at most the {} that it has",
                                    quoted(bytes_.name), counted(to.size(), "character"), first, size()));
  if (to.empty()) return;
  if (has_characters_of_one_byte()) return read_bytes(first, to);
  std::uint64_t offset = survey_.landmarks[first / detail::landmark_distance], skip = first % detail::landmark_distance;
  if (kept_.empty()) offset = skip_characters(offset, std::exchange(skip, 0));
  std::size_t read = 0;
  decode_from(offset, [&](char32_t character, std::uint64_t) {
    if (!is_kept(character)) return true;
    if (skip > 0) return --skip, true;
    to[read++] = character;
    return read < to.size();
  });
  if (read < to.size()) refuse_changed();
}

void TextFile::keep_only(std::span<const char32_t> characters) {
  std::vector<bool> kept(survey_.characters.empty() ? 0 : survey_.characters.back().character + std::size_t{1});
  for (const char32_t character : characters)
    if (character < kept.size()) kept[character] = true;
  std::erase_if(survey_.characters, [&](const CharacterCount& counted) { return !kept[counted.character]; });
  kept_ = std::move(kept);
  survey_.size = 0;
  survey_.landmarks.clear();
  decode_from(survey_.begin, [&](char32_t character, std::uint64_t offset) {
    if (!is_kept(character)) return true;
    if (survey_.size++ % detail::landmark_distance == 0) survey_.landmarks.push_back(offset);
    return true;
  });
}

std::string TextFile::sha256() const { return detail::sha256_of_pieces(bytes_.size, bytes_.read); }

}  // namespace unroll::inline v0
