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

/// Reads the arguments that follow the program's name; returns the text of --help if that is among them. Throws
/// unroll::ArgumentError naming the flag, what was given and what is accepted.
std::variant<Options, std::string> parse_options(std::span<const char* const> arguments);

}  // namespace adding_problem
