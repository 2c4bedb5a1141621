#include <unroll/ops/indices.hpp>
#include <unroll/ops/row_kernels.hpp>
#include <unroll/ops/rows.hpp>

namespace unroll::inline v0 {

template <class Scalar>
Variable<Scalar> rows(Variable<Scalar> table, TensorView<const int> tokens) {
  expect_axes("rows", "table", table.shape(), "VD");
  const std::size_t vocabulary = table.shape()[0], columns = table.shape()[1];
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (!detail::is_index(tokens[i], vocabulary))
      detail::index_outside("rows", "token", tokens[i], tokens.shape(), i, vocabulary, "V",
                            "was the text encoded with another vocabulary?");

  const auto y = table.tape().record("rows", tokens.shape().inserted(tokens.shape().rank(), columns), {table});
  const auto kept = table.tape().template scratch<int>(tokens.size());
  std::copy(tokens.begin(), tokens.end(), kept.begin());
  const auto row_of = [columns](int token) { return static_cast<std::size_t>(token) * columns; };
  const Scalar* const from = table.value().data();
  for (std::size_t i = 0; i < kept.size(); ++i)
    std::copy_n(from + row_of(kept[i]), columns, y.writable() + i * columns);

  y.on_backward([=] {
    const Scalar* const arrived = y.upstream();
    Scalar* const gradient = table.gradient_sum();
    for (std::size_t i = 0; i < kept.size(); ++i)
      detail::deposit(arrived + i * columns, columns, {gradient + row_of(kept[i]), false});
  });
  return y;
}

template Variable<float> rows(Variable<float>, TensorView<const int>);
template Variable<double> rows(Variable<double>, TensorView<const int>);

}  // namespace unroll::inline v0
