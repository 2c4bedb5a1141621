#pragma once

#include <unroll/framework/tape/variable.hpp>

namespace unroll::inline v0 {

/// The matrix product of the last axis of `a` with the first of `b`: [N, D] · [D, H] -> [N, H], and time-major
/// [T, N, D] · [D, H] -> [T, N, H] as one product over all steps. When `b` has more than two axes, a product for each
/// matrix of a batch: [..., M, K] · [..., K, N] -> [..., M, N], with equal axes in front. Throws ShapeError when the
/// inner sizes D or K differ, or the axes in front (nothing is broadcast silently: call broadcast, shaping.hpp), and
/// TapeError after backward.
template <class Scalar>
Variable<Scalar> matmul(Variable<Scalar> a, Operand<Scalar> b);

}  // namespace unroll::inline v0
