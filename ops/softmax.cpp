#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/kernels/row_kernels.hpp>
#include <unroll/ops/shaping.hpp>
#include <unroll/ops/softmax.hpp>

#include <cmath>
#include <limits>

namespace unroll::inline v0 {

namespace {

/// A tensor seen as rows along its last axis.
struct Rows {
  std::size_t count, columns;
  explicit Rows(const Shape& shape)
      : count(shape.back() == 0 ? 0 : shape.size() / shape.back()), columns(shape.back()) {}
};

/// log Σ e^(x - shift) of a row.
template <class Scalar>
Scalar log_of_sum(std::size_t columns, const Scalar* x, Scalar shift) {
  using std::log;
  return log(detail::sum_over(
      columns, [=](auto a) { return exp(a - shift); }, x));
}

template <class Scalar>
Variable<Scalar> softmax_rows(Variable<Scalar> x) {
  const Rows rows(x.shape());
  const auto y = x.tape().record("softmax", x.shape(), {x});
  const Scalar* from = x.value().data();
  Scalar* to = y.writable();
  for (std::size_t row = 0; row < rows.count; ++row, from += rows.columns, to += rows.columns) {
    const Scalar largest = detail::largest_of(rows.columns, from);
    detail::transform_row(
        rows.columns, [=](auto a) { return exp(a - largest); }, {.data = to, .unwritten = true}, from);
    const Scalar scale = 1 / detail::sum_over(rows.columns, detail::itself, to);
    detail::transform_row(
        rows.columns, [=](auto a) { return a * scale; }, {.data = to, .unwritten = true}, to);
  }
  y.on_backward([x, y, rows] {  // dx = y (dy - Σ y dy)
    const Scalar *const values = y.value().data(), *const upstream = y.upstream();
    const auto [gradient, unwritten] = x.gradient_sink();
    for (std::size_t row = 0; row < rows.count; ++row) {
      const std::size_t first = row * rows.columns;
      const Scalar *value = values + first, *arrived = upstream + first;
      const Scalar inner = detail::sum_over(rows.columns, detail::product_of_two, value, arrived);
      detail::transform_row(
          rows.columns, [=](auto a, auto b) { return a * (b - inner); }, {gradient + first, unwritten}, value, arrived);
    }
  });
  return y;
}

template <class Scalar>
Variable<Scalar> log_softmax_rows(Variable<Scalar> x) {
  const Rows rows(x.shape());
  const auto y = x.tape().record("log_softmax", x.shape(), {x});
  const Scalar* from = x.value().data();
  Scalar* to = y.writable();
  for (std::size_t row = 0; row < rows.count; ++row, from += rows.columns, to += rows.columns) {
    const Scalar largest = detail::largest_of(rows.columns, from), rest = log_of_sum(rows.columns, from, largest);
    detail::transform_row(
        rows.columns, [=](auto a) { return a - largest - rest; }, {.data = to, .unwritten = true}, from);
  }
  y.on_backward([x, y, rows] {  // dx = dy - e^y Σ dy
    const Scalar *const values = y.value().data(), *const upstream = y.upstream();
    const auto [gradient, unwritten] = x.gradient_sink();
    for (std::size_t row = 0; row < rows.count; ++row) {
      const std::size_t first = row * rows.columns;
      const Scalar *value = values + first, *arrived = upstream + first;
      const Scalar total = detail::sum_over(rows.columns, detail::itself, arrived);
      detail::transform_row(
          rows.columns, [=](auto a, auto b) { return b - exp(a) * total; }, {gradient + first, unwritten}, value,
          arrived);
    }
  });
  return y;
}

/// [..., V] -> [..., 1]
template <class Scalar>
Variable<Scalar> logsumexp_rows(Variable<Scalar> x) {
  const Rows rows(x.shape());
  const auto y = x.tape().record("logsumexp", x.shape().with(x.shape().rank() - 1, 1), {x});
  using std::isinf;
  std::fill_n(y.writable(), y.shape().size(), Scalar(-std::numeric_limits<double>::infinity()));  // of an empty axis
  for (std::size_t row = 0; row < rows.count; ++row) {
    const Scalar* const from = x.value().data() + row * rows.columns;
    const Scalar largest = detail::largest_of(rows.columns, from);
    // Infinity minus infinity is NaN, but a row of -infinity sums to 0, and one with +infinity to infinity.
    const Scalar shift = isinf(largest) ? Scalar{0} : largest;
    y.writable()[row] = shift + log_of_sum(rows.columns, from, shift);
  }
  y.on_backward([x, y, rows] {  // dx = e^(x - y) dy
    const Scalar *const values = y.value().data(), *const upstream = y.upstream();
    const auto [gradient, unwritten] = x.gradient_sink();
    for (std::size_t row = 0; row < rows.count; ++row) {
      const std::size_t first = row * rows.columns;
      const Scalar value = values[row], arrived = upstream[row];
      detail::transform_row(
          rows.columns, [=](auto a) { return exp(a - value) * arrived; }, {gradient + first, unwritten},
          x.value().data() + first);
    }
  });
  return y;
}

}  // namespace

template <class Scalar>
Variable<Scalar> softmax(Variable<Scalar> x, std::ptrdiff_t axis, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  if (resolve_axis("softmax", x.shape(), axis) + 1 == x.shape().rank()) return softmax_rows(x);
  return transpose(softmax_rows(transpose(x, axis, -1)), axis, -1);
}

template <class Scalar>
Variable<Scalar> log_softmax(Variable<Scalar> x, std::ptrdiff_t axis, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  if (resolve_axis("log_softmax", x.shape(), axis) + 1 == x.shape().rank()) return log_softmax_rows(x);
  return transpose(log_softmax_rows(transpose(x, axis, -1)), axis, -1);
}

template <class Scalar>
Variable<Scalar> logsumexp(Variable<Scalar> x, std::ptrdiff_t axis_wanted, ReductionOptions options, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const std::size_t axis = resolve_axis("logsumexp", x.shape(), axis_wanted);
  const auto kept = transpose(logsumexp_rows(transpose(x, axis_wanted, -1)), axis_wanted, -1);
  return options.keep_axes ? kept : reshape(kept, kept.shape().without(axis));
}

#define UNROLL_INSTANTIATE(Scalar)                                                   \
  template Variable<Scalar> softmax(Variable<Scalar>, std::ptrdiff_t, CallSite);     \
  template Variable<Scalar> log_softmax(Variable<Scalar>, std::ptrdiff_t, CallSite); \
  template Variable<Scalar> logsumexp(Variable<Scalar>, std::ptrdiff_t, ReductionOptions, CallSite);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
