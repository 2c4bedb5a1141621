#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/largest.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace unroll::inline v0 {

namespace {

void expect_rows(const char* operation, const Shape& shape) {
  if (shape.rank() == 0)
    throw ShapeError(fmt::format("{}: {} has no axis, expected [..., V]", operation, to_string(shape)));
  if (shape.back() > std::numeric_limits<int>::max())
    throw ShapeError(
        fmt::format("{}: rows of {} have more numbers than indices can be counted in", operation, to_string(shape)));
}

/// Throws NumericalError for a NaN: it is neither more nor less than any number, so that its position would decide
/// which number is the largest.
template <class Scalar>
void expect_numbers(const char* operation, TensorView<const Scalar> x) {
  const auto found = std::ranges::find_if(x, [](Scalar number) { return std::isnan(number); });
  if (found != x.end())
    throw NumericalError(fmt::format("{}: nan at {} of {}, expected numbers", operation,
                                     index_text(x.shape(), static_cast<std::size_t>(found - x.begin())),
                                     to_string(x.shape())));
}

}  // namespace

template <class Scalar>
Tensor<int> argmax(TensorView<const Scalar> x) {
  const Shape shape = x.shape();
  expect_rows("argmax", shape);
  if (shape.back() == 0)
    throw ShapeError(fmt::format("argmax: rows of {} have no numbers, expected V of at least 1", to_string(shape)));
  expect_numbers("argmax", x);
  Tensor<int> indices(shape.without(shape.rank() - 1));
  const Scalar* row = x.data();
  for (int& index : indices.values()) {
    index = static_cast<int>(std::max_element(row, row + shape.back()) - row);
    row += shape.back();
  }
  return indices;
}

template <class Scalar>
Tensor<int> top_k(TensorView<const Scalar> x, std::size_t count) {
  const Shape shape = x.shape();
  expect_rows("top_k", shape);
  if (count > shape.back())
    throw ArgumentError(
        fmt::format("top_k: {} numbers asked of the V={} of each row of {}", count, shape.back(), to_string(shape)));
  expect_numbers("top_k", x);
  Tensor<int> indices(shape.with(shape.rank() - 1, count));
  if (indices.size() == 0) return indices;  // there may be very many rows without numbers
  std::vector<int> order(shape.back());
  int* to = indices.values().data();
  for (const Scalar* row = x.data(); row != x.data() + x.size(); row += shape.back(), to += count) {
    std::iota(order.begin(), order.end(), 0);
    const auto is_before = [row](int a, int b) { return row[a] != row[b] ? row[a] > row[b] : a < b; };
    std::partial_sort_copy(order.begin(), order.end(), to, to + count, is_before);
  }
  return indices;
}

#define UNROLL_INSTANTIATE(Scalar)                       \
  template Tensor<int> argmax(TensorView<const Scalar>); \
  template Tensor<int> top_k(TensorView<const Scalar>, std::size_t);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
