#pragma once

#include <unroll/framework/tensor/random.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The embedded Reber grammar (Fahlman 1991; Hochreiter and Schmidhuber 1997, experiment 1). A string of Reber's
/// grammar stands between two equal symbols:  B T reber T E  or  B P reber P E.  To predict the last but one, a network
/// must remember the second for the whole string in between, which does not depend on it.
///
/// The inner grammar, as arrows between states, each with its symbol:
///
///     state     0      1           2           3           4           5           6
///     arrows    B:1    T:2  P:3    S:2  X:4    T:3  V:5    X:3  S:6    P:4  V:6    E:end
namespace reber {

inline constexpr std::string_view symbols = "BTPSXVE";

/// Symbols as a set: bit i is symbols[i].
using SymbolSet = std::uint8_t;

struct String {
  std::string text;
  std::vector<SymbolSet> successors;  // for each symbol but the last, the symbols that may legally come next
};

/// A random string; it takes each branch with probability 1/2.
String draw_string(const unroll::Random& random);

/// The strings that a network learns from, and those that score it.
struct Strings {
  std::vector<String> training, held_out;
};

/// Draws `training` and `held_out` strings, all of them different.
Strings draw_strings(std::size_t training, std::size_t held_out, const unroll::Random& random);

}  // namespace reber
