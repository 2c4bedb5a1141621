#pragma once

#include <unroll/framework/tensor/dual_number.hpp>

#include <cstddef>
#include <span>

/// The one interface by which ops multiply matrices. The kernel in ops/products does the work, or a BLAS.
namespace unroll::inline v0 {

/// A matrix as it lies in memory, row-major, read as it is or transposed.
template <class Scalar>
struct Matrix {
  const Scalar* data;  ///< [rows, columns], without gaps
  std::size_t rows /**< as they lie in memory */, columns /**< as they lie in memory */;
  bool transposed = false;  ///< the product reads rows as columns
};

/// Whether a product overwrites the numbers in the result or is added to them.
enum class Write {
  over,  ///< overwrites them
  add    ///< is added to them
};
/// Write::add when `adds`, otherwise Write::over.
constexpr Write add_if(bool adds) { return adds ? Write::add : Write::over; }

/// result (+)= left · right; result is row-major [rows of left, columns of right] after transposition.
/// The inner sizes must agree: ops check shapes, and this function trusts them. Sizes of 0 are allowed. Throws
/// ArgumentError when a BLAS multiplies and a size is more than it counts, 2^31 - 1.
template <class Scalar>
void product(const Matrix<Scalar>& left, const Matrix<Scalar>& right, Scalar* result, Write write);

/// A right operand in the layout that the kernel reads, for a matrix that many products have in common; `pack` makes
/// it.
template <class Scalar>
struct PackedMatrix {
  std::size_t inner /**< rows after transposition */, columns /**< columns after transposition */;
  const Scalar* panels;  ///< the numbers, panel by panel (product_kernel.hpp)
};

/// How many numbers a right operand takes when packed: a little more than it has. Throws ArgumentError when they are
/// more than can be counted.
template <class Scalar>
std::size_t packed_size(const Matrix<Scalar>& right);

/// Copies a right operand to `to`, which has room for packed_size(right) numbers.
template <class Scalar>
PackedMatrix<Scalar> pack(const Matrix<Scalar>& right, Scalar* to);

/// How products use a matrix.
struct WeightUse {
  std::size_t rows;         ///< of the left operand of each product
  bool transposed = false;  ///< whether the product reads the matrix transposed
  bool for_good = false;    ///< whether it belongs to a model in inference and changes no more
};

/// Whether packing a matrix pays when a few products use it. One row by a matrix that is not transposed is as fast
/// without.
bool packing_pays(const WeightUse& use);

/// The product with a packed right operand, equal to the bit to the one above unless a BLAS makes that.
template <class Scalar>
void product(const Matrix<Scalar>& left, const PackedMatrix<Scalar>& right, Scalar* result, Write write);

/// The product of two unpacked matrices, equal to the bit to the one with a packed right: never by a BLAS.
template <class Scalar>
void product_as_packed(const Matrix<Scalar>& left, const Matrix<Scalar>& right, Scalar* result, Write write);

/// The rows of two matrices with as many rows, where each row may lie anywhere.
template <class Scalar>
struct RowPairs {
  std::span<const Scalar*const> left /**< where each row begins */, right /**< as many */;
  std::size_t left_width /**< numbers in a row */, right_width /**< numbers in a row */;
};

/// result (+)= Σ leftᵀ · right over the pairs of rows, row-major [left_width, right_width]: the gradient of a weight.
template <class Scalar>
void product(const RowPairs<Scalar>& rows, Scalar* result, Write write);

/// The same for duals (dual_product.cpp).
/// @{
template <>
void product(const Matrix<DualNumber>& left, const Matrix<DualNumber>& right, DualNumber* result, Write write);
template <>
std::size_t packed_size(const Matrix<DualNumber>& right);
template <>
PackedMatrix<DualNumber> pack(const Matrix<DualNumber>& right, DualNumber* to);
template <>
void product(const Matrix<DualNumber>& left, const PackedMatrix<DualNumber>& right, DualNumber* result, Write write);
template <>
void product_as_packed(const Matrix<DualNumber>& left, const Matrix<DualNumber>& right, DualNumber* result,
                       Write write);
template <>
void product(const RowPairs<DualNumber>& rows, DualNumber* result, Write write);
/// @}

/// The most numbers that a product with a table may have for a tape to keep it during inference: 64 MiB in float. The
/// product with a table of words can be larger than the model; the op then multiplies its rows as tokens come.
inline constexpr std::size_t largest_kept_product = std::size_t{1} << 24;

/// Sets how many threads one product may use, for the whole process; it has an effect when the BLAS is OpenBLAS. A
/// program that runs one tape a thread sets 1: the batch is already split, and two thread pools would fight over the
/// cores. Throws ArgumentError for less than 1.
void set_product_threads(int threads);

}  // namespace unroll::inline v0
