#include "vanishing_gradient/recall.hpp"

namespace vanishing_gradient {

RecallBatch draw_recall(std::size_t steps, std::size_t batch, const unroll::Random& random) {
  constexpr std::size_t symbols = RecallBatch::symbols, inputs = RecallBatch::inputs;
  RecallBatch drawn{unroll::Tensor<float>({steps, batch, inputs}), unroll::Tensor<int>({batch}), batch};
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t n = 0; n < batch; ++n) {
      const std::size_t symbol = random.bits(t * batch + n) % symbols;
      drawn.sequences.at({t, n, t == 0 ? symbol : symbols + symbol}) = 1;
      if (t == 0) drawn.answers[n] = static_cast<int>(symbol);
    }
  return drawn;
}

}  // namespace vanishing_gradient
