#include "reber/scoring.hpp"

#include <algorithm>
#include <limits>

namespace reber {

Score& Score::operator+=(const Score& other) {
  strings += other.strings;
  whole += other.whole;
  embedded += other.embedded;
  return *this;
}

bool legal_are_most_active(SymbolSet legal, const float* activity) {
  float least_legal = std::numeric_limits<float>::infinity(), most_illegal = -least_legal;
  for (std::size_t symbol = 0; symbol < symbols.size(); ++symbol)
    if ((legal >> symbol & 1) != 0)
      least_legal = std::min(least_legal, activity[symbol]);
    else
      most_illegal = std::max(most_illegal, activity[symbol]);
  return least_legal > most_illegal;
}

Score score(const Batch& batch, unroll::TensorView<const float> logits) {
  const std::size_t steps = logits.shape()[0], count = logits.shape()[1], width = logits.shape()[2];
  Score sum;
  for (std::size_t n = 0; n < count; ++n) {
    const auto right = [&](std::size_t t) {
      return legal_are_most_active(batch.strings[n]->successors[t], logits.data() + (t * count + n) * width);
    };
    std::size_t wrong = 0;
    for (std::size_t t = 0; t < steps; ++t) wrong += !right(t);
    sum += {.strings = 1, .whole = wrong == 0, .embedded = right(steps - 2)};
  }
  return sum;
}

}  // namespace reber
