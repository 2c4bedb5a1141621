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

/// Reads the arguments that follow the program's name; returns the text of --help if that is among them. Throws
/// unroll::ArgumentError naming the flag, what was given and what is accepted.
std::variant<Options, std::string> parse_options(std::span<const char* const> arguments);

}  // namespace reber
