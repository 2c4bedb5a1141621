#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Strict reading of numbers and words of the command line. Every error is an unroll::ArgumentError that names the
/// flag, what was given and what is accepted.
namespace console {

/// A whole number in decimal digits, from `least` to `most`; no sign but +, no spaces, no hexadecimal, no fraction.
std::uint64_t parse_whole(std::string_view flag, std::string_view text, std::uint64_t least, std::uint64_t most);

/// The numbers that a flag accepts; ends that are open are not accepted themselves.
struct Interval {
  double least, most;
  bool least_open = false, most_open = false;
};

/// A finite decimal number in an interval, whatever the locale. What is too small for a double is refused, not 0.
double parse_real(std::string_view flag, std::string_view text, const Interval& interval);

/// The place of `text` among `words`.
std::size_t parse_word(std::string_view flag, std::string_view text, std::span<const std::string_view> words);

/// The word most like `text`, if one is like it: at most one letter in three changed, added, left out or exchanged with
/// its neighbour.
std::optional<std::string_view> nearest_word(std::string_view text, std::span<const std::string_view> words);

/// " (did you mean 'x'?)", or nothing.
std::string did_you_mean(std::string_view text, std::span<const std::string_view> words);

}  // namespace console
