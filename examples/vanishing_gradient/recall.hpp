#pragma once

#include <unroll/framework/random.hpp>
#include <unroll/framework/tensor.hpp>

#include <cstddef>

namespace vanishing_gradient {

/// The task of latching (Bengio, Simard and Frasconi 1994), as symbols: the first symbol of a sequence is one of four,
/// then come as many of four others as there is time, which mean nothing; at the end the first one is to be named.
struct RecallBatch {
  static constexpr std::size_t symbols = 4, inputs = 2 * symbols;

  unroll::Tensor<float> sequences;  // [T, N, inputs], one-hot
  unroll::Tensor<int> answers;      // [N]
};

RecallBatch draw_recall(std::size_t steps, std::size_t batch, const unroll::Random& random);

}  // namespace vanishing_gradient
