#pragma once

#include <unroll/framework/tape/variable.hpp>
#include <unroll/ops/lengths.hpp>
#include <unroll/ops/reduction.hpp>

/// Losses between predictions and targets of the same shape (else ShapeError), as the mean or the sum over everything:
/// time, batch, features; or as the sum over the features of a step, and the mean over the steps. Targets may be a
/// Tensor, or a Variable, which then gets its gradient too. A mean over nothing throws ArgumentError. A loss is
/// infinite only where its value is beyond the Scalar's range, even if a sum on the way would overflow. For classes see
/// cross_entropy.hpp.
namespace unroll::inline v0 {

/// What a loss counts, and how it becomes one number.
struct LossOptions {
  /// The mean over the elements that count; their sum; or their sum per step, of [T, N, ...], the mean over the steps
  /// that exist of the sum over all else: of 88 keys, 88 times the mean.
  Reduction reduction = Reduction::mean;
  /// The lengths of sequences [T, N, ...]: only the steps that exist count, and padding may hold anything.
  Lengths lengths = {};
};

/// -t log σ(x) - (1 - t) log(1 - σ(x)) for a logit x and a probability t, safe from overflow.
template <class Scalar>
Variable<Scalar> binary_cross_entropy(Variable<Scalar> logits, Operand<Scalar> targets, LossOptions options = {});

/// (x - t)²
template <class Scalar>
Variable<Scalar> mean_squared_error(Variable<Scalar> predictions, Operand<Scalar> targets, LossOptions options = {});

/// |x - t|; the gradient at 0 is 0.
template <class Scalar>
Variable<Scalar> mean_absolute_error(Variable<Scalar> predictions, Operand<Scalar> targets, LossOptions options = {});

/// (x - t)² / 2 where |x - t| <= delta, and delta (|x - t| - delta / 2) beyond (Huber 1964).
/// Throws ArgumentError unless delta is positive.
template <class Scalar>
Variable<Scalar> huber(Variable<Scalar> predictions, Operand<Scalar> targets, std::type_identity_t<Scalar> delta = 1,
                       LossOptions options = {});

/// The quantile or pinball loss (Koenker and Bassett 1978): with q the quantile, q (t - x) where the target lies above
/// the prediction, and (1 - q) (x - t) where it lies below. The prediction of least expected loss is the one below
/// which a target falls with probability q: 0.5 gives the median, and 0.1 and 0.9 an interval that holds four of five.
/// The gradient at 0 is 0. Throws ArgumentError unless the quantile is in (0, 1).
template <class Scalar>
Variable<Scalar> quantile_loss(Variable<Scalar> predictions, Operand<Scalar> targets, double quantile,
                               LossOptions options = {});

/// -log of the normal density at t, of predicted mean μ and log variance s: (log 2π + s + (t - μ)² e^-s) / 2. Any s is
/// valid, so a model's output needs no transformation to be positive, nothing is divided by a variance that may be 0,
/// and the slope in s is at most 1/2 upward (Kendall and Gal 2017); e^(s / 2) is the deviation. PyTorch's
/// gaussian_nll_loss with full=True computes it from e^s.
template <class Scalar>
Variable<Scalar> gaussian_negative_log_likelihood(Variable<Scalar> means, Operand<Scalar> log_variances,
                                                  Operand<Scalar> targets, LossOptions options = {});

}  // namespace unroll::inline v0
