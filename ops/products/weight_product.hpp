#pragma once

#include <unroll/framework/tape/variable.hpp>
#include <unroll/ops/product.hpp>

namespace unroll::inline v0 {

/// Whether a product reads a weight as it lies in memory, or transposed.
enum class Orientation { as_stored, transposed };

/// result (+)= left · weight (or weightᵀ), where the weight is a matrix on a tape. The second product with a weight
/// packs it, and later products read the packed weight (weight_product.cpp says why). The tape keeps it until it is
/// cleared; a tape that records values only keeps it until the weight changes.
template <class Scalar>
void weight_product(const Matrix<Scalar>& left, Variable<Scalar> weight, Orientation orientation, Scalar* result,
                    Write write);

/// One term of a weight's gradient, leftᵀ · right: two matrices of as many rows, one of them what the weight was
/// multiplied by, the other the gradient of the product. Their widths are the extents of the weight.
template <class Scalar>
struct WeightGradient {
  const Scalar *left, *right;
  std::size_t rows;
};

/// The rule of `product` calls this to add leftᵀ · right to the gradient of the weight, though not at once: terms wait
/// until they have as many rows as Tape::gathered_rows says, or the sweep comes to the weight, and are then one product
/// (weight_product.cpp). Both matrices must stay until then: this function holds the gradient of `product`.
template <class Scalar>
void gather_gradient(Variable<Scalar> weight, const WeightGradient<Scalar>& term, Variable<Scalar> product);

}  // namespace unroll::inline v0
