#pragma once

#include <unroll/ops/map.hpp>

namespace unroll::inline v0 {

/// The forget gate of the cells of xLSTM, from its pre-activation a.
enum class ForgetGate {
  sigmoid,      ///< σ(a): a cell only fades
  exponential,  ///< exp(a): a cell may also grow, so that what came first outweighs what comes later
};

namespace detail {
/// The logarithm of the forget gate, for a lambda given to `map`.
template <LambdaNumber Number>
Number log_forget(Number a, ForgetGate gate) {
  return gate == ForgetGate::exponential ? a : -softplus(-a);
}
}  // namespace detail

}  // namespace unroll::inline v0
