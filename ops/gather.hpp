#pragma once

#include <unroll/framework/tape/variable.hpp>

namespace unroll::inline v0 {

/// Picks K numbers from each row of `x`, at that row's own indices: x [..., V], indices [..., K] -> [..., K]. An index
/// may come several times: the gradient of a number is the sum over its copies. Throws ShapeError unless the axes
/// before the last are the same, and ArgumentError for an index outside [0, V).
template <class Scalar>
Variable<Scalar> gather(Variable<Scalar> x, TensorView<const int> indices, CallSite site = CallSite::current());

}  // namespace unroll::inline v0
