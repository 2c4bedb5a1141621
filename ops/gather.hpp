#pragma once

#include <unroll/framework/variable.hpp>

namespace unroll::inline v0 {

/// Of each row of `x` the numbers at that row's own places: x [..., V], places [..., K] -> [..., K], where the axes
/// before the last are the same. A place may come several times: the gradient of a number is the sum over the places
/// where it went. Throws ShapeError unless the axes before the last are the same, and ArgumentError for a place outside
/// [0, V).
template <class Scalar>
Variable<Scalar> gather(Variable<Scalar> x, TensorView<const int> places, Where where = Where::current());

}  // namespace unroll::inline v0
