#pragma once

#include <unroll/framework/variable.hpp>

namespace unroll::inline v0 {

/// Each number of a row of `a` times each of the same row of `b`: [..., M], [..., N] -> [..., M, N], with the same axes
/// in front. Such products that are added onto one another are faster in one `map` of two broadcasts, which makes no
/// node of each. Throws ShapeError when the axes in front differ.
template <class Scalar>
Variable<Scalar> outer(Variable<Scalar> a, Operand<Scalar> b);

}  // namespace unroll::inline v0
