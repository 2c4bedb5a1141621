#include <unroll/framework/memory/arena.hpp>
#include <unroll/framework/tensor/dual_number.hpp>
#include <unroll/ops/product.hpp>

#include <algorithm>

/// The product of matrices of duals is three products of doubles: values A·B, tangents dA·B + A·dB. These functions
/// separate values from tangents, and the kernel of doubles, packed or not, does the work. A trap: a tangent of 0 times
/// an infinite value is NaN here, while arithmetic on single duals gives 0.
namespace unroll::inline v0 {

namespace {

using Duals = Matrix<DualNumber>;

/// Working memory that a thread keeps from call to call: a product in a training step must not allocate.
Arena& memory() {
  thread_local Arena arena;
  return arena;
}
double* numbers(std::size_t count) { return static_cast<double*>(memory().allocate(count * sizeof(double))); }

/// A matrix of duals as two of doubles. Right is Matrix or PackedMatrix.
template <class Right>
struct Separated {
  Right values, tangents;
};

void separate(const DualNumber* from, std::size_t count, double* values, double* tangents) {
  for (std::size_t i = 0; i < count; ++i) values[i] = from[i].value, tangents[i] = from[i].tangent;
}

Separated<Matrix<double>> separated(const Duals& matrix) {
  const std::size_t count = matrix.rows * matrix.columns;
  double *const values = numbers(count), *const tangents = numbers(count);
  separate(matrix.data, count, values, tangents);
  return {{values, matrix.rows, matrix.columns, matrix.transposed},
          {tangents, matrix.rows, matrix.columns, matrix.transposed}};
}

/// Rows that lie anywhere, copied together.
Separated<Matrix<double>> separated(std::span<const DualNumber* const> rows, std::size_t width) {
  double *const values = numbers(rows.size() * width), *const tangents = numbers(rows.size() * width);
  for (std::size_t k = 0; k < rows.size(); ++k) separate(rows[k], width, values + k * width, tangents + k * width);
  return {{values, rows.size(), width}, {tangents, rows.size(), width}};
}

Separated<Matrix<double>> transposed(Separated<Matrix<double>> matrix) {
  matrix.values.transposed = matrix.tangents.transposed = true;
  return matrix;
}

/// A packed matrix of duals: two of doubles, one behind the other.
Separated<PackedMatrix<double>> separated(const PackedMatrix<DualNumber>& packed) {
  const std::size_t size = packed_size(Matrix<double>{nullptr, packed.inner, packed.columns});
  const auto* const panels = reinterpret_cast<const double*>(packed.panels);
  return {{packed.inner, packed.columns, panels}, {packed.inner, packed.columns, panels + size}};
}

template <class Right>
void three_products(const Separated<Matrix<double>>& left, const Separated<Right>& right, std::size_t count,
                    DualNumber* result, Write write) {
  double *const values = numbers(count), *const tangents = numbers(count);
  product(left.values, right.values, values, Write::over);
  product(left.tangents, right.values, tangents, Write::over);
  product(left.values, right.tangents, tangents, Write::add);
  for (std::size_t i = 0; i < count; ++i) {
    const DualNumber found(values[i], tangents[i]);
    result[i] = write == Write::add ? result[i] + found : found;
  }
}

std::size_t rows_of(const Duals& matrix) { return matrix.transposed ? matrix.columns : matrix.rows; }
std::size_t columns_of(const Duals& matrix) { return matrix.transposed ? matrix.rows : matrix.columns; }

}  // namespace

template <>
void product(const Duals& left, const Duals& right, DualNumber* result, Write write) {
  memory().reset();
  three_products(separated(left), separated(right), rows_of(left) * columns_of(right), result, write);
}

template <>
std::size_t packed_size(const Duals& right) {
  return packed_size(Matrix<double>{nullptr, right.rows, right.columns, right.transposed});
}

template <>
PackedMatrix<DualNumber> pack(const Duals& right, DualNumber* to) {
  memory().reset();
  const auto [values, tangents] = separated(right);
  auto* const panels = reinterpret_cast<double*>(to);  // only the function above reads this memory, as doubles
  pack(values, panels);
  pack(tangents, panels + packed_size(values));
  return {rows_of(right), columns_of(right), to};
}

template <>
void product(const Duals& left, const PackedMatrix<DualNumber>& right, DualNumber* result, Write write) {
  memory().reset();
  three_products(separated(left), separated(right), rows_of(left) * right.columns, result, write);
}

template <>
void product_as_packed(const Duals& left, const Duals& right, DualNumber* result, Write write) {
  product(left, right, result, write);
}

template <>
void product(const RowPairs<DualNumber>& rows, DualNumber* result, Write write) {
  memory().reset();
  three_products(transposed(separated(rows.left, rows.left_width)), separated(rows.right, rows.right_width),
                 rows.left_width * rows.right_width, result, write);
}

}  // namespace unroll::inline v0
