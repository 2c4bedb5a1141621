#pragma once

#include <unroll/framework/tape.hpp>
#include <unroll/ops/row_kernels.hpp>

#include <algorithm>
#include <span>

/// Rows picked from a table by tokens, as a node that has no numbers until somebody asks for them. Its parts are such
/// nodes too, and a product with it may be a product with the table: rows(E)·W = rows(E·W). For the sources of ops.
namespace unroll::inline v0::detail {

/// The note of such a node. A token has been checked; it picks row `token` of the table.
template <class Scalar>
struct PickedRows {
  Variable<Scalar> table;  // [V, D]
  std::span<const int> tokens;

  std::size_t width() const { return table.shape()[1]; }
  std::size_t row_of(std::size_t i) const { return static_cast<std::size_t>(tokens[i]) * width(); }

  /// The gradient of the picked rows, added to that of the table.
  void add_gradient(const Scalar* arrived) const {
    Scalar* const gradient = table.gradient_sum();
    for (std::size_t i = 0; i < tokens.size(); ++i)
      deposit(arrived + i * width(), width(), {gradient + row_of(i), false});
  }
};

/// What `x` is made of, or nullptr when it is a node like others.
template <class Scalar>
const PickedRows<Scalar>* picked_rows(Variable<Scalar> x) {
  return x.tape().template find_note<PickedRows<Scalar>>(x);
}

/// A node of picked rows. `shape` ends with the width of the table and has a row for each token.
template <class Scalar>
Variable<Scalar> pick(const char* operation, const PickedRows<Scalar>& rows, const Shape& shape) {
  const auto y = rows.table.tape().record_lazily(operation, shape, {rows.table}, [rows](Scalar* to) {
    const Scalar* const from = rows.table.value().data();
    for (std::size_t i = 0; i < rows.tokens.size(); ++i)
      std::copy_n(from + rows.row_of(i), rows.width(), to + i * rows.width());
  });
  rows.table.tape().template note<PickedRows<Scalar>>(y) = rows;
  y.on_backward([rows, y] { rows.add_gradient(y.upstream()); });
  return y;
}

/// The note of a weight that picked rows have been multiplied by.
template <class Scalar>
struct TableProduct {
  const char* operation = nullptr;
  Variable<Scalar> table, bias, product;
  std::size_t tokens = 0;  // multiplied so far
};

/// x · weight (+ bias) as rows picked from the product of x's table, which `multiply(table)` makes once for a recording
/// and which pays as soon as there are more tokens than rows in the table; otherwise an empty Variable.
template <class Scalar, class Multiply>
Variable<Scalar> multiply_table(const char* operation, Variable<Scalar> x, Variable<Scalar> weight,
                                Variable<Scalar> bias, const Shape& shape, const Multiply& multiply) {
  if (picked_rows(x) == nullptr) return {};
  const PickedRows<Scalar> rows = *picked_rows(x);
  auto& known = x.tape().template note<TableProduct<Scalar>>(weight);
  if (!known.table) known = {.operation = operation, .table = rows.table, .bias = bias, .product = {}};
  if (known.operation != operation || !known.table.is(rows.table) || !known.bias.is(bias)) return {};
  known.tokens += rows.tokens.size();
  if (!known.product && known.tokens <= rows.table.shape()[0]) return {};
  if (!known.product) known.product = multiply(rows.table);
  return pick(operation, PickedRows<Scalar>{known.product, rows.tokens}, shape);
}

}  // namespace unroll::inline v0::detail
