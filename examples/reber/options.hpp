#pragma once

#include "experiment/plan.hpp"
#include "reber/trial.hpp"

#include <span>
#include <string>
#include <variant>

namespace reber {

struct Options {
  experiment::Plan plan;
  Settings settings;
};

/// Reads the arguments that follow the program's name; gives the text of --help instead if that is asked for. Throws
/// unroll::ArgumentError naming the flag, what was given and what is accepted.
std::variant<Options, std::string> parse_options(std::span<const char* const> arguments);

}  // namespace reber
