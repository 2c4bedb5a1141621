#pragma once

#include <unroll/framework/variable.hpp>
#include <unroll/ops/lengths.hpp>
#include <unroll/ops/reduction.hpp>

/// Losses between predictions and targets of the same shape (else ShapeError), as the mean or the sum over everything:
/// time, batch, features. Targets may be a Tensor, or a Variable, which then gets its gradient too. A mean over nothing
/// is an ArgumentError. One of floats is infinite only where it is beyond a float itself, whatever its parts are. For
/// classes see cross_entropy.hpp.
namespace unroll::inline v0 {

struct LossOptions {
  Reduction reduction = Reduction::mean;
  /// Of sequences [T, N, ...]: only the steps that exist count, and others may hold anything.
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
