#pragma once

#include <unroll/framework/variable.hpp>
#include <unroll/ops/product.hpp>

namespace unroll::inline v0 {

/// Whether a weight is multiplied by as it lies in memory, or transposed.
enum class Turn { none, transposed };

/// result (+)= left · weight (or weightᵀ), where the weight is a matrix on a tape. A recurrent weight is multiplied by
/// at every step: from its second product on it is packed, once, and the tape keeps that until it is cleared; one that
/// records values only, until the weight changes.
template <class Scalar>
void product_with(const Matrix<Scalar>& left, Variable<Scalar> weight, Turn turn, Scalar* result, Write write);

/// Two tall matrices whose rows belong together: what a weight was multiplied by, and what came back for the product.
/// Leftᵀ · right has the shape of the weight.
template <class Scalar>
struct WeightGradient {
  const Scalar *left, *right;
  std::size_t rows;
};

/// In the rule of `product`: adds leftᵀ · right to the gradient of the weight, though not at once. The T uses of a
/// recurrent weight give T small products, whose sum is one product over all steps: the terms are gathered until they
/// have as many rows as Tape::gathered_rows says, or the sweep comes to the weight. What they point to must stay, so
/// the gradient of `product` is held until then.
template <class Scalar>
void gather_gradient(Variable<Scalar> weight, const WeightGradient<Scalar>& term, Variable<Scalar> product);

}  // namespace unroll::inline v0
