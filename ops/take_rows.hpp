#pragma once

#include <unroll/framework/variable.hpp>

namespace unroll::inline v0 {

/// The rows of `x` at these places of its first axis, and rows of zeros where the place is -1: x [R, ...], places of
/// any shape -> [places..., ...]. The gradient of a row is the sum over the places where it went. Neighbours in order
/// share memory with `x`; rows picked from a table (rows.hpp) stay picked; others are copied.
/// Throws ShapeError for an x without axes, and ArgumentError for a place outside [-1, R).
template <class Scalar>
Variable<Scalar> take_rows(Variable<Scalar> x, TensorView<const int> places, Where where = Where::current());

}  // namespace unroll::inline v0
