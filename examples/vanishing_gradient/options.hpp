#pragma once

#include "vanishing_gradient/experiment.hpp"

#include <span>
#include <string>
#include <variant>

namespace vanishing_gradient {

struct Options {
  Plan plan;
  std::string html = "vanishing_gradient.html", csv;  // empty: none
};

/// Reads the arguments that follow the program's name; returns the text of --help if that is among them. Throws
/// unroll::ArgumentError naming the flag, what was given and what is accepted.
std::variant<Options, std::string> parse_options(std::span<const char* const> arguments);

}  // namespace vanishing_gradient
