#pragma once

#include <unroll/framework/variable.hpp>
#include <unroll/ops/reduction.hpp>

/// Exponentials normalised along an axis, safe from overflow: the largest element is subtracted first.
/// Along the last axis they are fastest; for another one it is exchanged with the last.
namespace unroll::inline v0 {

/// e^x / Σ e^x
template <class Scalar>
Variable<Scalar> softmax(Variable<Scalar> x, std::ptrdiff_t axis = -1, Where where = Where::current());

/// log softmax(x) = x - log Σ e^x, exact where softmax(x) would vanish.
template <class Scalar>
Variable<Scalar> log_softmax(Variable<Scalar> x, std::ptrdiff_t axis = -1, Where where = Where::current());

/// log Σ e^x, one number for each line along the axis; -infinity for an empty axis, or one of nothing but -infinity.
template <class Scalar>
Variable<Scalar> logsumexp(Variable<Scalar> x, std::ptrdiff_t axis = -1, ReductionOptions options = {},
                           Where where = Where::current());

}  // namespace unroll::inline v0
