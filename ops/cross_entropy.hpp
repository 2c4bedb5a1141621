#pragma once

#include <unroll/framework/tape/variable.hpp>
#include <unroll/ops/lengths.hpp>
#include <unroll/ops/reduction.hpp>

#include <optional>
#include <span>

namespace unroll::inline v0 {

/// What cross_entropy counts, and how much; the defaults are the plain mean.
template <class Scalar>
struct CrossEntropyOptions {
  /// The mean over the rows that count; their sum; or their sum per step, for logits [T, N, ..., V]: their sum over the
  /// number of steps in which a row counts, whatever the class weights.
  Reduction reduction = Reduction::mean;
  /// A weight for each class, [V]; none means 1. A mean is divided by the sum of the weights of the targets.
  std::span<const Scalar> class_weights = {};
  /// Positions whose target is this number do not count; it may lie outside [0, V).
  std::optional<int> ignore = {};
  /// In [0, 1]: this fraction of the target distribution is spread evenly over all classes (Szegedy et al. 2016).
  double label_smoothing = 0;
  /// The lengths of sequences, whose logits are [T, N, ..., V]: only the steps that exist count, and padding may hold
  /// anything.
  Lengths lengths = {};
};

/// -log softmax(logits)[target], in one pass and safe from overflow: logits [..., V] and targets [...], one in [0, V)
/// for each row, -> []. The options mean what PyTorch's cross_entropy means by them. The loss of a row with target t,
/// weights w and label smoothing ε is
///
///     (1 - ε) w_t (log Σ e^x - x_t) + ε/V Σ_v w_v (log Σ e^x - x_v)
///
/// Throws ShapeError when shapes do not fit, and ArgumentError for a target outside [0, V), for options outside their
/// range, and for a mean over rows whose weights add up to 0.
template <class Scalar>
Variable<Scalar> cross_entropy(Variable<Scalar> logits, TensorView<const int> targets,
                               const CrossEntropyOptions<std::type_identity_t<Scalar>>& options = {},
                               CallSite site = CallSite::current());

}  // namespace unroll::inline v0
