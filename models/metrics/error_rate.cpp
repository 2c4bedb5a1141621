#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/metrics/error_rate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace unroll::inline v0 {

namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view between = " \t\n\v\f\r";
  std::vector<std::string_view> words;
  for (std::size_t end = 0; end < text.size();) {
    const std::size_t first = text.find_first_not_of(between, end);
    if (first == std::string_view::npos) break;
    end = std::min(text.find_first_of(between, first), text.size());
    words.push_back(text.substr(first, end - first));
  }
  return words;
}

/// How many bytes the code point that begins with this one has; 1 for a byte that begins none.
std::size_t bytes_from(unsigned char first) {
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 1;
}

std::vector<std::string_view> letters_of(std::string_view text) {
  std::vector<std::string_view> letters;
  while (!text.empty()) {
    std::size_t count = bytes_from(static_cast<unsigned char>(text[0]));
    for (std::size_t i = 1; i < count; ++i)
      if (i == text.size() || (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) count = 1;  // it is cut short
    letters.push_back(text.substr(0, count));
    text.remove_prefix(count);
  }
  return letters;
}

}  // namespace

double ErrorRate::rate() const {
  if (expected == 0)
    throw ArgumentError(
        fmt::format("ErrorRate: {} among no expected elements, expected at least one (is the reference empty?)",
                    counted(edits.total(), "edit")));
  return static_cast<double>(edits.total()) / static_cast<double>(expected);
}

ErrorRate& ErrorRate::operator+=(const ErrorRate& other) {
  edits.substitutions += other.edits.substitutions;
  edits.insertions += other.edits.insertions;
  edits.deletions += other.edits.deletions;
  expected += other.expected;
  return *this;
}

ErrorRate word_errors(std::string_view found, std::string_view expected) {
  return symbol_errors(words_of(found), words_of(expected));
}

ErrorRate letter_errors(std::string_view found, std::string_view expected) {
  return symbol_errors(letters_of(found), letters_of(expected));
}

}  // namespace unroll::inline v0
