#pragma once

#include "program.hpp"

#include <optional>
#include <string>

namespace fuzzing {

/// Runs a program on tapes of float, double and DualNumber, each in several ways, and compares what they find with each
/// other and with the plain evaluation. Returns what differs, in words; nothing if all agree.
std::optional<std::string> disagreement(const Program& program);

}  // namespace fuzzing
