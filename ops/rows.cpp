#include <unroll/ops/indices.hpp>
#include <unroll/ops/picked_rows.hpp>
#include <unroll/ops/rows.hpp>

namespace unroll::inline v0 {

template <class Scalar>
Variable<Scalar> rows(Variable<Scalar> table, TensorView<const int> tokens, Where where) {
  const CalledFrom caller(table.tape(), where);
  expect_axes("rows", "table", table.shape(), "VD");
  const std::size_t vocabulary = table.shape()[0], columns = table.shape()[1];
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (!detail::is_index(tokens[i], vocabulary))
      detail::index_outside("rows", "token", tokens[i], tokens.shape(), i, vocabulary, "V",
                            "was the text encoded with another vocabulary?");

  const auto kept = table.tape().template scratch<int>(tokens.size());
  std::copy(tokens.begin(), tokens.end(), kept.begin());
  return detail::pick<Scalar>("rows", {table, kept, 0, columns},
                              tokens.shape().inserted(tokens.shape().rank(), columns));
}

template Variable<float> rows(Variable<float>, TensorView<const int>, Where);
template Variable<double> rows(Variable<double>, TensorView<const int>, Where);

}  // namespace unroll::inline v0
