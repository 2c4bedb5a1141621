#pragma once

#include "support/sizes.hpp"
#include <unroll/models.hpp>

/// Models with a size that was computed wrong (tests/models/*_sizes_test.cpp): an option, an argument, an index, a
/// step, and an extent of an input. To extend the lists, go through all headers of the folder for parameters, members
/// of options and of structs that a caller hands in, of the types std::size_t, Shape and Lengths, and for tensors whose
/// extents matter. An input of any extent takes no memory, since another of its extents is 0. Left out are
/// - functions that hand their operands to ops unchanged (Linear, LayerNorm, the steps of cells, pooling over time):
///   the tests of these ops try their extents (tests/ops/*_sizes_test.cpp);
/// - names in detail, except those that public functions reach;
/// - arguments that bring the memory for their sizes, which the function trusts: a RaggedRows, a CheckpointPlan and a
///   ByNumber that the caller has filled, and pointers to gradients and Jacobians;
/// - sequences of very many existing steps: the time to run them grows with their length.
namespace unroll::testing {

using Size = std::size_t;

inline const Random random_numbers(1);

/// A cell without parameters, h' = h + x, that takes no memory for a width of 0.
struct Adder {
  using State = HiddenState<>;
  Size width = 1;
  Size hidden_size() const { return width; }
  State step(Variable<> input, const State& previous) const { return {previous.hidden + input}; }
  static void members(auto&, auto&&) {}
};

}  // namespace unroll::testing
