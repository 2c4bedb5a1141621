#pragma once

#include <unroll/framework/variable.hpp>
#include <unroll/ops/lengths.hpp>
#include <unroll/ops/reduction.hpp>

#include <optional>
#include <span>

namespace unroll::inline v0 {

template <class Scalar>
struct CrossEntropyOptions {
  Reduction reduction = Reduction::mean;
  /// A weight for each class, [V]; none means 1. A mean is divided by the sum of the weights of the targets.
  std::span<const Scalar> class_weights = {};
  /// Positions whose target is this number do not count; it may lie outside [0, V).
  std::optional<int> ignore = {};
  /// In [0, 1]: this share of the target distribution is spread evenly over all classes (Szegedy et al. 2016).
  double label_smoothing = 0;
  /// Of sequences, logits [T, N, ..., V]: only the steps that exist count, and others may hold anything.
  Lengths lengths = {};
};

/// -log softmax(logits)[target], in one pass and safe from overflow: logits [..., V], a target in [0, V) for each row,
/// targets [...] -> []. With all options as PyTorch's cross_entropy: the loss of a row with target t and weights w is
///
///     (1 - ε) w_t (log Σ e^x - x_t) + ε/V Σ_v w_v (log Σ e^x - x_v)
///
/// Throws ShapeError when shapes do not fit, and ArgumentError for a target outside [0, V), for options outside their
/// range, and for a mean over positions that count nothing.
template <class Scalar>
Variable<Scalar> cross_entropy(Variable<Scalar> logits, TensorView<const int> targets,
                               const CrossEntropyOptions<std::type_identity_t<Scalar>>& options = {},
                               Where where = Where::current());

}  // namespace unroll::inline v0
