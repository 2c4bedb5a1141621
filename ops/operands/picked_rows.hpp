#pragma once

#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/product.hpp>

#include <algorithm>
#include <span>

/// Rows picked lazily from a table E [V, D] by tokens, for the sources of ops. An embedding of P tokens repeats rows:
/// for characters, V is some hundred and P some thousand. A row of rows(E)·W depends on its token alone, so that
///
///     rows(E)·W = rows(E·W)
///
/// and the product of V rows with the weight, picked P times, replaces a product of P rows. `rows` therefore records a
/// node without numbers, and a note (PickedRows) that says which table and tokens stand for it. An op that finds the
/// note (picked_rows) need not have the numbers: map and add_linear read each row in the table; slices, reshape,
/// take_rows, layer_norm and linear pick from the table, or from what they make of the table, so that the next op finds
/// a note again. Any other op reads value(), and the tape then copies the rows. The gradient goes the same way: the
/// rule of `pick` adds each picked row's gradient to its row of the table, and the rule of E·W is one product over V
/// rows.
///
/// It pays when one weight multiplies more tokens than the table has rows, V < P; with words, V = 10 000 and more, it
/// does not, and the product reads copied rows. multiply_table counts the tokens that a weight has met, and makes E·W
/// once they exceed V. With gradients the product serves one recording. A tape of values keeps it until a parameter
/// changes, so that inference multiplies no input at all; largest_kept_product bounds what it keeps.
namespace unroll::inline v0::detail {

/// The note of a lazy node: columns [first, first + width) of a row for each token. `rows` has checked the tokens.
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
    return {.data = column_of(table.mutable_gradient(), first), .stride = table.shape()[1], .picked = tokens.data()};
  }
  /// Adds the gradient of the picked rows to that of the table.
  void add_gradient(const Scalar* arrived) const {
    const auto rows = gradients();
    for (std::size_t i = 0; i < tokens.size(); ++i)
      GradientSink<Scalar>{.data = rows.row(i), .unwritten = false}.add(arrived + i * width, width);
  }
};

/// The note of `x`, for an op that reads the table instead of x and adds the gradient there; nullptr when x is no lazy
/// node, or when the caller has asked to keep its gradient, which must then pass through x.
template <class Scalar>
const PickedRows<Scalar>* picked_rows(Variable<Scalar> x) {
  const auto* const rows = x.tape().template find_note<PickedRows<Scalar>>(x);
  return rows != nullptr && x.forgo_gradient() ? rows : nullptr;
}

/// Records a lazy node. `shape` ends with the width of the rows, and has a row for each token.
template <class Scalar>
Variable<Scalar> pick(const char* operation, const PickedRows<Scalar>& picked, const Shape& shape) {
  const auto y = picked.table.tape().record_lazily(operation, shape, {picked.table}, [picked](Scalar* to) {
    static_cast<void>(picked.table.tape().version_of(picked.table));  // throws when the table has changed since
    const auto rows = picked.values();
    for (std::size_t i = 0; i < picked.tokens.size(); ++i)
      std::copy_n(rows.row(i), picked.width, to + i * picked.width);
  });
  picked.table.tape().template note<PickedRows<Scalar>>(y) = picked;
  y.on_backward([picked, y] { picked.add_gradient(y.upstream()); });
  return y;
}

/// What a product was made of. While gradients are recorded it is a node, since a copy of a parameter has the same
/// value, but a gradient of its own. On a tape of values it is the version of a parameter, which outlives the nodes.
template <class Scalar>
struct SourceIdentity {
  Variable<Scalar> node;
  std::uint64_t version = 0;

  static SourceIdentity of(Variable<Scalar> x) {
    if (!x) return {};
    const std::uint64_t version = x.tape().records_gradients() ? 0 : x.tape().version_of(x);
    return version == 0 ? SourceIdentity{x, 0} : SourceIdentity{{}, version};
  }
  bool operator==(const SourceIdentity& other) const { return version == other.version && node.is(other.node); }
};

/// The note of a weight that has multiplied picked rows, with the one table and bias that it keeps a product for.
template <class Scalar>
struct TableProduct {
  const char* operation = nullptr;
  SourceIdentity<Scalar> table, bias;
  std::size_t tokens = 0;           // multiplied so far
  Variable<Scalar> product;         // E·W in this recording, with gradients
  const Scalar* numbers = nullptr;  // E·W for all recordings of values, when table, weight and bias are parameters
};

/// x · weight (+ bias), of the given shape, as rows picked from the product of x's table, when that pays; otherwise an
/// empty Variable. `multiply(table)` makes the product: once for a recording with gradients, once for all on a tape of
/// values.
template <class Scalar, class Multiply>
Variable<Scalar> multiply_table(const char* operation, Variable<Scalar> x, Variable<Scalar> weight,
                                Variable<Scalar> bias, const Shape& shape, const Multiply& multiply) {
  const auto* const found = picked_rows(x);
  if (found == nullptr || !found->are_whole()) return {};
  const PickedRows<Scalar> rows = *found;
  Tape<Scalar>& tape = x.tape();
  const auto table = SourceIdentity<Scalar>::of(rows.table), of_bias = SourceIdentity<Scalar>::of(bias);
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
