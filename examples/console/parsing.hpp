#pragma once

#include <unroll/framework/errors/argument_range.hpp>

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

/// A finite decimal number in a range, the same in every locale. A number too small for a double is refused, not 0.
double parse_real(std::string_view flag, std::string_view text, const unroll::ArgumentRange& range);

/// The index of `text` among `words`.
std::size_t parse_word(std::string_view flag, std::string_view text, std::span<const std::string_view> words);

/// The word closest to `text`, if at most one letter in three is changed, added, left out or exchanged with its
/// neighbor.
std::optional<std::string_view> nearest_word(std::string_view text, std::span<const std::string_view> words);

/// " (did you mean 'x'?)", or an empty string when no word is close.
std::string did_you_mean(std::string_view text, std::span<const std::string_view> words);

}  // namespace console
