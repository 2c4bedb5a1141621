#pragma once

#include "step.hpp"

#include <string>
#include <variant>

namespace fuzzing {

/// A leaf: numbers from outside, and the direction in which they move.
struct LeafNode {
  Leaf kind;
  std::vector<std::size_t> shape;
  std::vector<double> numbers, speeds;
};

/// What backward starts from: an output, and its cotangent.
struct ProgramSeed {
  std::size_t node;
  std::vector<double> cotangent;
};

/// Leaves and ops in recording order, what is asked of the tape, and what every node is on paper.
struct Program {
  std::vector<std::variant<LeafNode, Step>> items;
  Arrays nodes;
  std::vector<bool> needs_gradient, kept;  // of each node
  std::vector<ProgramSeed> seeds;

  // How the second recording differs from the first.
  std::size_t gathered_rows = 256;
  bool checked = false, repeatable = false;
  std::uint64_t numbers_seed = 0;

  /// Whether a comparison came so near to the other decision that rounding may take it.
  bool undecided = false, undecided_in_float = false;
  /// What two ways may differ by in double: more where many steps of large weights are chaotic.
  double tolerance = 1e-8;
  /// The derivative of Σ outputs · cotangents, and of the gradients that are kept, along the direction, on paper.
  double slope = 0;
  /// The sum of the magnitudes that `slope` is the sum of.
  double slope_magnitude = 0;
};

/// Any bytes are a program.
Program decode(std::span<const std::uint8_t> bytes);

/// A line for each node.
std::string to_string(const Program& program);

}  // namespace fuzzing
