#pragma once

#include <unroll/framework/tape/variable.hpp>

namespace unroll::inline v0 {

/// The outer product of each row of `a` with the same row of `b`: [..., M], [..., N] -> [..., M, N], with equal axes
/// before the last. To add several outer products, one `map` of broadcasts is faster: it makes no node for each. Throws
/// ShapeError when the axes before the last differ, and TapeError after backward.
template <class Scalar>
Variable<Scalar> outer(Variable<Scalar> a, Operand<Scalar> b);

}  // namespace unroll::inline v0
