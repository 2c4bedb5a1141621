#pragma once

#include "support/cell_kind.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <variant>

namespace online_learning {

struct Options {
  std::uint64_t steps = 30000, hidden = 16, gap = 5, seed = 1;
  support::CellKind cell = support::CellKind::gru;
};

/// Reads the arguments that follow the program's name; returns the text of --help if that is among them. Throws
/// unroll::ArgumentError naming the flag, what was given and what is accepted.
std::variant<Options, std::string> parse_options(std::span<const char* const> arguments);

}  // namespace online_learning
