#pragma once

#include <unroll/framework/variable.hpp>

namespace unroll::inline v0 {

/// The matrix product of the last axis of `a` with the first of `b`: [N, D] · [D, H] -> [N, H], and time-major
/// [T, N, D] · [D, H] -> [T, N, H] as one product over all steps. When `b` has more than two axes, a product for each
/// matrix of a batch: [..., M, K] · [..., K, N] -> [..., M, N], with the same axes in front. Throws ShapeError when the
/// D or K differ, and when the batches do: nothing is broadcast silently, broadcast (shaping.hpp) does it.
template <class Scalar>
Variable<Scalar> matmul(Variable<Scalar> a, Operand<Scalar> b);

}  // namespace unroll::inline v0
