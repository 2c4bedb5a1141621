#pragma once

#include <unroll/framework/dual_number.hpp>

#include <cstddef>
#include <span>

/// The one place where matrices are multiplied: everything above asks here, and only here is a backend named.
namespace unroll::inline v0 {

/// A matrix as it lies in memory, row-major, read as it is or transposed.
template <class Scalar>
struct Matrix {
  const Scalar* data;
  std::size_t rows, columns;
  bool transposed = false;
};

/// Whether a product takes the place of the numbers in the result, or is added to them.
enum class Write { over, add };
constexpr Write add_if(bool adds) { return adds ? Write::add : Write::over; }

/// result (+)= left · right; result is row-major [rows of left, columns of right] after transposition.
/// The inner sizes must agree: ops check shapes, this function trusts them. Sizes of 0 are allowed.
template <class Scalar>
void product(const Matrix<Scalar>& left, const Matrix<Scalar>& right, Scalar* result, Write write);

/// A right operand laid out as the kernel reads it, for a matrix that many products share; `pack` makes it.
template <class Scalar>
struct PackedMatrix {
  std::size_t inner, columns;
  const Scalar* panels;
};

/// How many numbers a right operand takes when packed: a little more than it has.
template <class Scalar>
std::size_t packed_size(const Matrix<Scalar>& right);

/// Copies a right operand to `to`, which has room for packed_size of it.
template <class Scalar>
PackedMatrix<Scalar> pack(const Matrix<Scalar>& right, Scalar* to);

/// How a matrix is multiplied by, once a few times: by so many rows on the left, as it lies or transposed; or for good,
/// in the inference of a model that changes no more.
struct WeightUse {
  std::size_t rows;
  bool transposed = false, for_good = false;
};

/// Whether packing the matrix pays. One row by a matrix as it lies is as fast without.
bool packing_pays(const WeightUse& use);

/// The same product with a packed right operand.
template <class Scalar>
void product(const Matrix<Scalar>& left, const PackedMatrix<Scalar>& right, Scalar* result, Write write);

/// The same to the bit without keeping the packed matrix.
template <class Scalar>
void product_as_packed(const Matrix<Scalar>& left, const Matrix<Scalar>& right, Scalar* result, Write write);

/// As many rows of two matrices, wherever each of them lies.
template <class Scalar>
struct RowPairs {
  std::span<const Scalar*const> left, right;
  std::size_t left_width, right_width;
};

/// result (+)= Σ leftᵀ · right over the pairs of rows, row-major [left_width, right_width]: the gradient of a weight.
template <class Scalar>
void product(const RowPairs<Scalar>& rows, Scalar* result, Write write);

// Of duals: dual_product.cpp.
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

/// How many threads one product may use, for the whole process, where the BLAS can be told (OpenBLAS). A program that
/// runs one tape a thread sets 1: the batch is already split, and two thread pools would fight over the cores.
void set_product_threads(int threads);

}  // namespace unroll::inline v0
