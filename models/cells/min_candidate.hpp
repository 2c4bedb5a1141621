#pragma once

#include <unroll/ops/map.hpp>

namespace unroll::inline v0 {

/// What MinGruCell and MinLstmCell make of the product a = W_h x + b_h before they add it to the state. The two are
/// different networks, and shapes do not tell which one a file holds.
enum class MinCandidate {
  /// g(a) = a + 1/2 where a >= 0, σ(a) elsewhere, as Feng et al. train (appendix B), who add up logarithms.
  above_zero,
  /// a itself: sections 3.1 and 3.2 of the paper.
  linear,
};

namespace detail {
/// The candidate made of a product, for a lambda given to `map`.
template <LambdaNumber Number>
Number min_candidate(Number product, MinCandidate kind) {
  if (kind == MinCandidate::linear) return product;
  return where(product >= 0, product + Number(0.5), sigmoid(product));
}
}  // namespace detail

}  // namespace unroll::inline v0
