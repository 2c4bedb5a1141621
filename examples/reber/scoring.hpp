#pragma once

#include "reber/batches.hpp"

#include <cstddef>

namespace reber {

/// How many strings a network has understood.
struct Score {
  std::size_t strings = 0;
  std::size_t whole = 0;     // strings where the legal successors are the most active symbols at every step
  std::size_t embedded = 0;  // strings where they are at the last step but one, which closes the frame

  Score& operator+=(const Score& other);
};

/// The criterion of Hochreiter and Schmidhuber 1997: every legal successor is more active than any other symbol.
/// `activity` is one number for each of the symbols.
bool legal_are_most_active(SymbolSet legal, const float* activity);

/// The score of logits [T, N, V] on a batch.
Score score(const Batch& batch, unroll::TensorView<const float> logits);

}  // namespace reber
