#pragma once

#include <unroll/framework/tensor/random.hpp>
#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>

namespace vanishing_gradient {

/// The latching task (Bengio, Simard and Frasconi 1994) with symbols: the first symbol of a sequence is one of four,
/// and distractors, one of four others each, fill the remaining steps; at the end the network must name the first
/// symbol.
struct RecallBatch {
  static constexpr std::size_t symbols = 4, inputs = 2 * symbols;

  unroll::Tensor<float> sequences;  // [T, N, inputs], one-hot
  unroll::Tensor<int> answers;      // [N]
  std::size_t count = 0;            // N
};

RecallBatch draw_recall(std::size_t steps, std::size_t batch, const unroll::Random& random);

}  // namespace vanishing_gradient
