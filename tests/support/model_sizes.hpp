#pragma once

#include "support/sizes.hpp"
#include <unroll/models/models.hpp>

/// Models with a size that was computed wrong (tests/models/*_sizes_test.cpp): an option, an argument, an index, a
/// step, and an extent of an input. The lists were made by going through all headers of the folder for parameters,
/// members of options and of structs that are handed in, of the types std::size_t, Shape and Lengths, and for tensors
/// whose extents decide what is done. An input of any extent is to be had for nothing, since another of its extents is
/// 0. Left out are
/// - what hands its operands to ops as they are (Linear, LayerNorm, the steps of cells, pooling over time): the extents
///   of these are tried where the ops are (tests/ops/*_sizes_test.cpp);
/// - what is named detail, but for what is tried through those who call it;
/// - what is handed the memory that its sizes are of, and trusts them: a Packing, a CheckpointPlan and a ByNumber that
///   somebody else has filled, and pointers to gradients and Jacobians;
/// - sequences of so many steps that exist: they take as long as they are.
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
