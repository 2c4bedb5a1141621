#pragma once

#include "reber/trial.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace reber {

struct Options {
  std::vector<CellKind> cells;
  Settings settings;
  std::uint64_t seeds = 5;    // 1, 2, ...
  std::uint64_t threads = 0;  // 0: as many as the machine runs at once
};

/// Reads the arguments that follow the program's name; gives the text of --help instead if that is asked for. Throws
/// unroll::ArgumentError naming the flag, what was given and what is accepted.
std::variant<Options, std::string> parse_options(std::span<const char* const> arguments);

}  // namespace reber
