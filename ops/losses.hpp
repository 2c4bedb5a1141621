#pragma once

#include <unroll/framework/tape/variable.hpp>
#include <unroll/ops/lengths.hpp>
#include <unroll/ops/reduction.hpp>

/// Losses between predictions and targets of the same shape (else ShapeError), as the mean or the sum over everything:
/// time, batch, features. Targets may be a Tensor, or a Variable, which then gets its gradient too. A mean over nothing
/// throws ArgumentError. A loss is infinite only where its value is beyond the Scalar's range, even if a sum on the way
/// would overflow. For classes see cross_entropy.hpp.
namespace unroll::inline v0 {

/// What a loss counts, and how it becomes one number.
struct LossOptions {
  Reduction reduction = Reduction::mean;  ///< the mean over the elements that count, or their sum
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

}  // namespace unroll::inline v0
