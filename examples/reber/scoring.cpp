#include "reber/scoring.hpp"

namespace reber {

Score& Score::operator+=(const Score& other) {
  strings += other.strings;
  whole += other.whole;
  embedded += other.embedded;
  return *this;
}

bool legal_are_most_active(SymbolSet legal, const float* activity) {
  const auto is_legal = [&](std::size_t symbol) { return (legal >> symbol & 1) != 0; };
  for (std::size_t a = 0; a < symbols.size(); ++a)
    for (std::size_t b = 0; b < symbols.size(); ++b)
      if (is_legal(a) && !is_legal(b) && !(activity[a] > activity[b])) return false;  // false for NaN
  return true;
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
