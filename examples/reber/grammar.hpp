#pragma once

#include <unroll/framework/random.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The embedded Reber grammar (Fahlman 1991; Hochreiter and Schmidhuber 1997, experiment 1). A string of Reber's
/// grammar stands between two equal symbols:  B T reber T E  or  B P reber P E.  To say the last but one, a network
/// must have kept the second for the whole string in between, in which nothing tells it.
///
/// The inner grammar, as arrows between states, each with the symbol that is said on the way:
///
///     state     0      1           2           3           4           5           6
///     arrows    B:1    T:2  P:3    S:2  X:4    T:3  V:5    X:3  S:6    P:4  V:6    E:end
namespace reber {

inline constexpr std::string_view symbols = "BTPSXVE";

/// Symbols as a set: bit i is symbols[i].
using SymbolSet = std::uint8_t;

struct String {
  std::string text;
  std::vector<SymbolSet> successors;  // of each symbol but the last: what may legally come next
};

/// One string, each branch being taken with probability 1/2.
String draw_string(const unroll::Random& random);

/// What a network learns from, and what it is judged by.
struct Strings {
  std::vector<String> training, held_out;
};

/// So many strings of each, all of them different.
Strings draw_strings(std::size_t training, std::size_t held_out, const unroll::Random& random);

}  // namespace reber
