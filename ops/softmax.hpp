#pragma once

#include <unroll/framework/tape/variable.hpp>
#include <unroll/ops/reduction.hpp>

/// Exponentials normalized along an axis, safe from overflow: each op subtracts the largest element first. The last
/// axis is fastest; an op exchanges any other axis with the last. An axis that x does not have throws ShapeError.
namespace unroll::inline v0 {

/// e^x / Σ e^x along the axis; the shape of x.
template <class Scalar>
Variable<Scalar> softmax(Variable<Scalar> x, std::ptrdiff_t axis = -1, CallSite site = CallSite::current());

/// log softmax(x) = x - log Σ e^x, exact where softmax(x) would vanish.
template <class Scalar>
Variable<Scalar> log_softmax(Variable<Scalar> x, std::ptrdiff_t axis = -1, CallSite site = CallSite::current());

/// log Σ e^x along the axis, which goes or becomes 1: [..., V] -> [...]. -infinity for an axis of extent 0, or when all
/// of its elements are -infinity.
template <class Scalar>
Variable<Scalar> logsumexp(Variable<Scalar> x, std::ptrdiff_t axis = -1, ReductionOptions options = {},
                           CallSite site = CallSite::current());

}  // namespace unroll::inline v0
