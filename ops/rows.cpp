#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/kernels/index_errors.hpp>
#include <unroll/ops/operands/picked_rows.hpp>
#include <unroll/ops/rows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace unroll::inline v0 {

template <class Scalar>
Variable<Scalar> rows(Variable<Scalar> table, TensorView<const int> tokens, CallSite site) {
  return rows(table, tokens, Lengths{}, site);
}

template <class Scalar>
Variable<Scalar> rows(Variable<Scalar> table, TensorView<const int> tokens, Lengths lengths, CallSite site) {
  const CalledFrom caller(table.tape(), site);
  expect_axes("rows", "table", table.shape(), "VD");
  if (!lengths.empty()) expect_lengths("rows", tokens.shape(), lengths);
  const std::size_t vocabulary = table.shape()[0], columns = table.shape()[1];
  const auto kept = table.tape().template scratch<int>(tokens.size());
  const detail::ExistingRows existing(lengths.size(), lengths);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    kept[i] = existing.contains(i) || vocabulary == 0 ? tokens[i] : 0;
    if (!detail::is_index(kept[i], vocabulary))
      detail::index_outside("rows", "token", tokens[i], tokens.shape(), i, vocabulary, "V",
                            "was the text encoded with another vocabulary, or padded? given the lengths, rows does not "
                            "look at padding");
  }
  return detail::pick<Scalar>("rows", {table, kept, 0, columns},
                              tokens.shape().inserted(tokens.shape().rank(), columns));
}

template <class Scalar>
Variable<Scalar> repeated_row(Variable<Scalar> table, std::size_t row, std::size_t count, CallSite site) {
  const CalledFrom caller(table.tape(), site);
  const Shape shape = table.shape();
  expect_axes("repeated_row", "table", shape, "VD");
  if (row >= shape[0])
    throw ShapeError(fmt::format("repeated_row: row {} asked of the table {} (rows are counted from 0)", row,
                                 describe(shape, "VD")));
  if (row > static_cast<std::size_t>(std::numeric_limits<int>::max()))  // tokens are ints
    throw ArgumentError(fmt::format("repeated_row: row {} asked of the table {}, expected at most {}", row,
                                    describe(shape, "VD"), std::numeric_limits<int>::max()));
  const auto tokens = table.tape().template scratch<int>(count);
  std::fill(tokens.begin(), tokens.end(), static_cast<int>(row));
  return detail::pick<Scalar>("repeated_row", {table, tokens, 0, shape[1]}, {count, shape[1]});
}

template <class Scalar>
bool detail::repeat_a_table(Variable<Scalar> x) {
  const auto* const picked = picked_rows(x);
  return picked != nullptr && picked->tokens.size() > picked->table.shape()[0];
}

template Variable<float> rows(Variable<float>, TensorView<const int>, CallSite);
template Variable<double> rows(Variable<double>, TensorView<const int>, CallSite);
template Variable<DualNumber> rows(Variable<DualNumber>, TensorView<const int>, CallSite);
template Variable<float> rows(Variable<float>, TensorView<const int>, Lengths, CallSite);
template Variable<double> rows(Variable<double>, TensorView<const int>, Lengths, CallSite);
template Variable<DualNumber> rows(Variable<DualNumber>, TensorView<const int>, Lengths, CallSite);
template Variable<float> repeated_row(Variable<float>, std::size_t, std::size_t, CallSite);
template Variable<double> repeated_row(Variable<double>, std::size_t, std::size_t, CallSite);
template Variable<DualNumber> repeated_row(Variable<DualNumber>, std::size_t, std::size_t, CallSite);

template bool detail::repeat_a_table(Variable<float>);
template bool detail::repeat_a_table(Variable<double>);
template bool detail::repeat_a_table(Variable<DualNumber>);

}  // namespace unroll::inline v0
