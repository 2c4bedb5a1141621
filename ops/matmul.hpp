#pragma once

#include <unroll/framework/variable.hpp>

namespace unroll::inline v0 {

/// The matrix product of the last axis of `a` with the first of `b`: [N, D] · [D, H] -> [N, H], and time-major
/// [T, N, D] · [D, H] -> [T, N, H] as one product over all steps. Throws ShapeError when the D differ.
template <class Scalar>
Variable<Scalar> matmul(Variable<Scalar> a, Operand<Scalar> b);

}  // namespace unroll::inline v0
