#pragma once

#include <unroll/framework/tape.hpp>
#include <unroll/ops/deposit.hpp>
#include <unroll/ops/rows.hpp>

#include <algorithm>
#include <span>

/// Rows picked from a table by tokens, as a node that has no numbers until somebody asks for them. Its parts are such
/// nodes too, and a product with it may be a product with the table: rows(E)·W = rows(E·W). For the sources of ops.
namespace unroll::inline v0::detail {

/// The note of such a node: columns [first, first + width) of a row for each token, which has been checked.
template <class Scalar>
struct PickedRows {
  Variable<Scalar> table;  // [V, D]
  std::span<const int> tokens;
  std::size_t first, width;

  bool are_whole() const { return width == table.shape()[1]; }
  RowBlock<const Scalar> values() const {
    return {.data = column_of(table.value().data(), first), .stride = table.shape()[1], .picked = tokens.data()};
  }
  RowBlock<Scalar> gradients() const {
    return {.data = column_of(table.gradient_sum(), first), .stride = table.shape()[1], .picked = tokens.data()};
  }
  /// The gradient of the picked rows, added to that of the table.
  void add_gradient(const Scalar* arrived) const {
    const auto rows = gradients();
    for (std::size_t i = 0; i < tokens.size(); ++i)
      deposit(arrived + i * width, width, {.data = rows.row(i), .fresh = false});
  }
};

/// What `x` is made of, for those who read or write that instead of x; nullptr when it is a node like others, or its
/// gradient is to be kept.
template <class Scalar>
const PickedRows<Scalar>* picked_rows(Variable<Scalar> x) {
  const auto* const rows = x.tape().template find_note<PickedRows<Scalar>>(x);
  return rows != nullptr && x.pass_by() ? rows : nullptr;
}

/// A node of picked rows. `shape` ends with their width, and has a row for each token.
template <class Scalar>
Variable<Scalar> pick(const char* operation, const PickedRows<Scalar>& picked, const Shape& shape) {
  const auto y = picked.table.tape().record_lazily(operation, shape, {picked.table}, [picked](Scalar* to) {
    static_cast<void>(picked.table.tape().version_of(picked.table));  // throws when the table has changed meanwhile
    const auto rows = picked.values();
    for (std::size_t i = 0; i < picked.tokens.size(); ++i)
      std::copy_n(rows.row(i), picked.width, to + i * picked.width);
  });
  picked.table.tape().template note<PickedRows<Scalar>>(y) = picked;
  y.on_backward([picked, y] { picked.add_gradient(y.upstream()); });
  return y;
}

/// What a recording of gradients and one of values alone must tell apart: a node, or a parameter's value for good. A
/// copy of a parameter has the same value, but a gradient of its own.
template <class Scalar>
struct Identity {
  Variable<Scalar> node;
  std::uint64_t version = 0;

  static Identity of(Variable<Scalar> x) {
    if (!x) return {};
    const std::uint64_t version = x.tape().records_gradients() ? 0 : x.tape().version_of(x);
    return version == 0 ? Identity{x, 0} : Identity{{}, version};
  }
  bool operator==(const Identity& other) const { return version == other.version && node.is(other.node); }
};

/// The note of a weight that picked rows have been multiplied by.
template <class Scalar>
struct TableProduct {
  const char* operation = nullptr;
  Identity<Scalar> table, bias;
  std::size_t tokens = 0;           // multiplied so far
  Variable<Scalar> product;         // of this recording
  const Scalar* numbers = nullptr;  // of every recording of values, when all that they are made of are parameters
};

/// x · weight (+ bias) as rows picked from the product of x's table, which `multiply(table)` makes once for a recording
/// - once for all, when only values are recorded - and which pays as soon as there are more tokens than rows in the
/// table. Otherwise an empty Variable. `shape` is that of the result.
template <class Scalar, class Multiply>
Variable<Scalar> multiply_table(const char* operation, Variable<Scalar> x, Variable<Scalar> weight,
                                Variable<Scalar> bias, const Shape& shape, const Multiply& multiply) {
  const auto* const found = picked_rows(x);
  if (found == nullptr || !found->are_whole()) return {};
  const PickedRows<Scalar> rows = *found;
  Tape<Scalar>& tape = x.tape();
  const auto table = Identity<Scalar>::of(rows.table), of_bias = Identity<Scalar>::of(bias);
  const bool lasts = !tape.records_gradients();
  const Shape product_shape{rows.table.shape()[0], shape.back()};
  if (lasts && (table.version == 0 || tape.version_of(weight) == 0 || (bias && of_bias.version == 0))) return {};
  if (lasts && product_shape.size() > largest_kept_product) return {};

  auto& known = tape.template note<TableProduct<Scalar>>(weight);
  if (known.operation == nullptr || (lasts && !(known.table == table && known.bias == of_bias))) {
    if (known.numbers != nullptr) tape.outdate_notes();
    known = {.operation = operation, .table = table, .bias = of_bias, .product = {}};
  }
  if (known.operation != operation || !(known.table == table) || !(known.bias == of_bias)) return {};
  known.tokens += rows.tokens.size();
  if (!known.product && known.numbers == nullptr && known.tokens <= rows.table.shape()[0]) return {};

  if (!lasts && !known.product) known.product = multiply(rows.table);
  if (lasts && known.numbers == nullptr) {
    const auto made = multiply(rows.table).value();
    const auto copy = tape.template scratch_beside<Scalar>(weight, made.size());
    std::copy(made.begin(), made.end(), copy.begin());
    known.numbers = copy.data();
  }
  const auto product = lasts ? tape.borrow("table product", known.numbers, product_shape) : known.product;
  return pick(operation, PickedRows<Scalar>{product, rows.tokens, 0, shape.back()}, shape);
}

}  // namespace unroll::inline v0::detail
