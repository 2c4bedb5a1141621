#pragma once

#include "adding_problem/trial.hpp"
#include "experiment/plan.hpp"

#include <optional>
#include <span>
#include <string>
#include <variant>

namespace adding_problem {

struct Options {
  experiment::Plan plan;
  Settings settings;
};

/// Reads the arguments that follow the program's name; gives the text of --help instead if that is asked for. Throws
/// unroll::ArgumentError naming the flag, what was given and what is accepted.
std::variant<Options, std::string> parse_options(std::span<const char* const> arguments);

}  // namespace adding_problem
