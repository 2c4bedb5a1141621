#include <unroll/framework/error.hpp>
#include <unroll/ops/indices.hpp>
#include <unroll/ops/picked_rows.hpp>
#include <unroll/ops/rows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace unroll::inline v0 {

template <class Scalar>
Variable<Scalar> rows(Variable<Scalar> table, TensorView<const int> tokens, Where where) {
  return rows(table, tokens, Lengths{}, where);
}

template <class Scalar>
Variable<Scalar> rows(Variable<Scalar> table, TensorView<const int> tokens, Lengths lengths, Where where) {
  const CalledFrom caller(table.tape(), where);
  expect_axes("rows", "table", table.shape(), "VD");
  if (!lengths.empty()) expect_lengths("rows", tokens.shape(), lengths);
  const std::size_t vocabulary = table.shape()[0], columns = table.shape()[1];
  const auto kept = table.tape().template scratch<int>(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool exists = lengths.empty() || i / lengths.size() < lengths[i % lengths.size()];
    kept[i] = exists || vocabulary == 0 ? tokens[i] : 0;
    if (!detail::is_index(kept[i], vocabulary))
      detail::index_outside("rows", "token", tokens[i], tokens.shape(), i, vocabulary, "V",
                            "was the text encoded with another vocabulary, or padded? given the lengths, rows does not "
                            "look at padding");
  }
  return detail::pick<Scalar>("rows", {table, kept, 0, columns},
                              tokens.shape().inserted(tokens.shape().rank(), columns));
}

template <class Scalar>
Variable<Scalar> repeated_row(Variable<Scalar> table, std::size_t row, std::size_t count, Where where) {
  const CalledFrom caller(table.tape(), where);
  const Shape shape = table.shape();
  expect_axes("repeated_row", "table", shape, "VD");
  if (row >= shape[0])
    throw ShapeError(fmt::format("repeated_row: row {} asked of the table {} (rows are counted from 0)", row,
                                 describe(shape, "VD")));
  if (row > static_cast<std::size_t>(std::numeric_limits<int>::max()))  // as which it is kept
    throw ArgumentError(fmt::format("repeated_row: row {} asked of the table {}, expected at most {}", row,
                                    describe(shape, "VD"), std::numeric_limits<int>::max()));
  const auto tokens = table.tape().template scratch<int>(count);
  std::fill(tokens.begin(), tokens.end(), static_cast<int>(row));
  return detail::pick<Scalar>("repeated_row", {table, tokens, 0, shape[1]}, {count, shape[1]});
}

template Variable<float> rows(Variable<float>, TensorView<const int>, Where);
template Variable<double> rows(Variable<double>, TensorView<const int>, Where);
template Variable<DualNumber> rows(Variable<DualNumber>, TensorView<const int>, Where);
template Variable<float> rows(Variable<float>, TensorView<const int>, Lengths, Where);
template Variable<double> rows(Variable<double>, TensorView<const int>, Lengths, Where);
template Variable<DualNumber> rows(Variable<DualNumber>, TensorView<const int>, Lengths, Where);
template Variable<float> repeated_row(Variable<float>, std::size_t, std::size_t, Where);
template Variable<double> repeated_row(Variable<double>, std::size_t, std::size_t, Where);
template Variable<DualNumber> repeated_row(Variable<DualNumber>, std::size_t, std::size_t, Where);

}  // namespace unroll::inline v0
