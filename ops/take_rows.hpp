#pragma once

#include <unroll/framework/tape/variable.hpp>

namespace unroll::inline v0 {

/// The rows of `x` at these indices of its first axis, and rows of zeros where the index is -1: x [R, ...], indices of
/// any shape -> [indices..., ...]. The gradient of a row is the sum over its copies. Indices that count up by one give
/// a view of `x`; rows picked from a table (rows.hpp) stay picked without a copy; any others are copied.
/// Throws ShapeError for an x without axes, and ArgumentError for an index outside [-1, R).
template <class Scalar>
Variable<Scalar> take_rows(Variable<Scalar> x, TensorView<const int> indices, CallSite site = CallSite::current());

}  // namespace unroll::inline v0
