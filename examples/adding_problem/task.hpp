#pragma once

#include <unroll/framework/tensor/random.hpp>
#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>

namespace adding_problem {

struct Batch {
  unroll::Tensor<float> inputs;  // [T, N, 2]: a number from [0, 1), and a mark that is 1 at two steps and 0 elsewhere
  unroll::Tensor<float> sums;    // [N, 1]: the sums of the two marked numbers
  std::size_t count = 0;         // N
};

/// The adding problem (Hochreiter and Schmidhuber 1997, experiment 4) as Le et al. 2015 (arXiv:1504.00941) have it:
/// numbers from [0, 1), one mark in the first half of the steps and one in the second. `length` is at least 2.
Batch draw_batch(std::size_t length, std::size_t size, const unroll::Random& random);

/// The mean squared error of always saying 1, which is the variance of the sum: 2/12.
constexpr double baseline = 1.0 / 6;

}  // namespace adding_problem
