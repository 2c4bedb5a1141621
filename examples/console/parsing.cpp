#include "console/parsing.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace console {

namespace {

[[noreturn]] void refuse(std::string_view flag, std::string_view text, const std::string& expected) {
  throw unroll::ArgumentError(fmt::format("{}: {} given, expected {}", flag, unroll::quoted(text), expected));
}

/// Removes a leading plus, which std::from_chars does not read.
std::string_view without_plus(std::string_view text) {
  return text.size() > 1 && text[0] == '+' && text[1] != '-' ? text.substr(1) : text;
}

bool is_decimal(std::string_view text) { return text.find_first_not_of("0123456789.eE+-") == std::string_view::npos; }

bool has_negative_exponent(std::string_view text) {
  return text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
}

/// The number of edits that turn one word into the other; exchanging two neighbors is one edit (Damerau 1964,
/// restricted).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> edits(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        edits[i][j] = i + j;
        continue;
      }
      edits[i][j] = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1, edits[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
    }
  return edits[a.size()][b.size()];
}

}  // namespace

std::uint64_t parse_whole(std::string_view flag, std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const std::string_view digits = without_plus(text);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < least || number > most)
    refuse(flag, text, fmt::format("a whole number from {} to {}", least, most));
  return number;
}

double parse_real(std::string_view flag, std::string_view text, const unroll::ArgumentRange& range) {
  double number = 0;
  const std::string_view digits = without_plus(text);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = end == digits.data() + digits.size() && is_decimal(digits) && !digits.empty();
  if (whole && error == std::errc::result_out_of_range && has_negative_exponent(digits))
    refuse(flag, text, "a number that is not so small that it becomes 0");
  if (error != std::errc{} || !whole || !std::isfinite(number) || !contains(range, number))
    refuse(flag, text,
           fmt::format("a number from {}{} to {}{}", range.low, range.open_low ? " (not included)" : "", range.high,
                       range.open_high ? " (not included)" : ""));
  return number;
}

std::size_t parse_word(std::string_view flag, std::string_view text, std::span<const std::string_view> words) {
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end())
    refuse(flag, text, fmt::format("one of {}{}", fmt::join(words, ", "), did_you_mean(text, words)));
  return static_cast<std::size_t>(found - words.begin());
}

std::optional<std::string_view> nearest_word(std::string_view text, std::span<const std::string_view> words) {
  if (words.empty() || text.size() > 64) return std::nullopt;
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  const auto best = std::min_element(words.begin(), words.end(), [&](std::string_view a, std::string_view b) {
    return distance(lower, a) < distance(lower, b);
  });
  if (distance(lower, *best) * 3 > std::max<std::size_t>(best->size(), 3)) return std::nullopt;
  return *best;
}

std::string did_you_mean(std::string_view text, std::span<const std::string_view> words) {
  const auto word = nearest_word(text, words);
  return word ? fmt::format(" (did you mean {}?)", *word) : "";
}

}  // namespace console
