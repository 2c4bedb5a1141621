#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

/// What counts as one character of a text.
enum class CharacterUnit {
  code_point,  ///< A Unicode code point of UTF-8.
  byte         ///< A byte of any file.
};

/// How a text is read.
struct TextOptions {
  CharacterUnit unit = CharacterUnit::code_point;  ///< What its characters are.
  /// What a message advises for a file that is not UTF-8, after "or".
  std::string otherwise = "read its bytes (CharacterUnit::byte)";
};

/// A character of a text, and how often it is there.
struct CharacterCount {
  char32_t character;   ///< A code point, or a byte.
  std::uint64_t count;  ///< At least 1.
};

namespace detail {

/// Bytes that are read piece by piece, wherever they are.
struct ByteSource {
  std::string name;
  std::uint64_t size = 0;
  std::function<void(std::uint64_t, std::span<std::byte>)> read;  // from an offset on; all of the span
};

/// What one pass over a text finds.
struct TextSurvey {
  std::uint64_t begin = 0;  // the first byte that counts: behind a byte order mark
  std::uint64_t size = 0;   // characters
  std::vector<CharacterCount> characters;
  std::uint64_t line_ends_of_two = 0;    // CR LF
  std::uint64_t first_inner_mark = 0;    // its byte, if there is a byte order mark inside
  std::vector<std::uint64_t> landmarks;  // the byte of each character whose number is a multiple of landmark_distance
};
inline constexpr std::uint64_t landmark_distance = 16384;

/// Reads all of it once. Throws ArgumentError for UTF-16 and invalid UTF-8, unless the characters are bytes.
TextSurvey survey_text(const ByteSource& bytes, const TextOptions& options);

}  // namespace detail

/// A text that may be larger than memory: it stays in its file, and any piece of it can be read. Opening it takes one
/// pass, which checks UTF-8, counts the characters, and keeps the place of one in 16384 (10 MB for a text of 20 GB);
/// it reads some gigabytes a second. Several threads may read at once.
///
/// A byte order mark at the beginning of UTF-8 is left out. The file must not change while it is open: a read that
/// follows a change throws IoError.
class TextFile {
 public:
  /// Opens a regular file. Throws IoError as InputFile does, and ArgumentError for UTF-16 and for invalid UTF-8, naming
  /// the offset and the byte, unless the characters are bytes.
  explicit TextFile(const std::filesystem::path& path, const TextOptions& options = {})
      : TextFile(in_file(path), options) {}
  /// The same for a text in memory, such as one from a pipe; messages call it by the name.
  TextFile(std::string bytes, std::string_view name, const TextOptions& options = {})
      : TextFile(in_memory(std::move(bytes), name), options) {}

  std::uint64_t size() const { return survey_.size; }  ///< Characters.
  CharacterUnit unit() const { return unit_; }         ///< What its characters are.
  /// All that are in it, in ascending order.
  const std::vector<CharacterCount>& characters() const { return survey_.characters; }
  /// What a user should know, one line each: a byte order mark left out or inside, line ends of several kinds or CR
  /// alone, many control characters. None when the characters are bytes.
  const std::vector<std::string>& notices() const& { return notices_; }
  const std::vector<std::string>& notices() const&& = delete;  ///< They live no longer than the text.
  /// Reads the characters from `first` on, all of the span. Touches no heap. Throws ArgumentError beyond the end, and
  /// IoError when the file has changed.
  void read(std::uint64_t first, std::span<char32_t> to) const;
  /// Reads as if all characters but these (in ascending order) were not there, after one more pass.
  void keep_only(std::span<const char32_t> characters);
  /// The SHA-256 of all bytes of the file, as `sha256sum` prints it. It takes a pass of its own, half a second a
  /// gigabyte, which a program that asks for it alone pays.
  std::string sha256() const;

 private:
  TextFile(detail::ByteSource bytes, const TextOptions& options);
  static detail::ByteSource in_file(const std::filesystem::path& path);
  static detail::ByteSource in_memory(std::string bytes, std::string_view name);
  bool is_kept(char32_t character) const { return kept_.empty() || (character < kept_.size() && kept_[character]); }
  bool has_characters_of_one_byte() const { return kept_.empty() && survey_.begin + survey_.size == bytes_.size; }
  void read_bytes(std::uint64_t first, std::span<char32_t> to) const;
  std::uint64_t skip_characters(std::uint64_t offset, std::uint64_t count) const;
  [[noreturn]] void refuse_changed() const;
  template <class Visit>
  void decode_from(std::uint64_t offset, const Visit& visit) const;

  detail::ByteSource bytes_;
  CharacterUnit unit_;
  detail::TextSurvey survey_;
  std::vector<std::string> notices_;
  std::vector<bool> kept_;  // by character; empty: all are
};

}  // namespace unroll::inline v0
