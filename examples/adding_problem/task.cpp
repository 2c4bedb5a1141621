#include "adding_problem/task.hpp"

#include <array>

namespace adding_problem {

Batch draw_batch(std::size_t length, std::size_t size, const unroll::Random& random) {
  Batch batch{unroll::Tensor<float>({length, size, 2}), unroll::Tensor<float>({size, 1}), size};
  const unroll::Random numbers = random.split(0), marks = random.split(1);
  for (std::size_t i = 0; i < length * size; ++i) batch.inputs[2 * i] = static_cast<float>(numbers.uniform(i));
  const std::size_t middle = length / 2;
  for (std::size_t n = 0; n < size; ++n) {
    const std::array marked{marks.bits(2 * n) % middle, middle + marks.bits(2 * n + 1) % (length - middle)};
    for (const std::size_t t : marked) {
      batch.inputs.at({t, n, 1}) = 1;
      batch.sums[n] += batch.inputs.at({t, n, 0});
    }
  }
  return batch;
}

}  // namespace adding_problem
