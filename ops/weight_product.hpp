#pragma once

#include <unroll/framework/variable.hpp>
#include <unroll/ops/product.hpp>

namespace unroll::inline v0 {

/// Whether a weight is multiplied by as it lies in memory, or transposed.
enum class Turn { none, transposed };

/// result (+)= left · weight (or weightᵀ), where the weight is a matrix on a tape. A recurrent weight is multiplied by
/// at every step: from its second product on it is packed, once, and the tape keeps that until it is cleared.
template <class Scalar>
void product_with(const Matrix<Scalar>& left, Variable<Scalar> weight, Turn turn, Scalar* result, bool accumulate);

}  // namespace unroll::inline v0
