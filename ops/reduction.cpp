#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/kernels/row_kernels.hpp>
#include <unroll/ops/reduction.hpp>
#include <unroll/ops/shaping.hpp>

#include <fmt/format.h>

#include <cmath>

namespace unroll::inline v0 {

Axes::Axes(std::span<const std::ptrdiff_t> axes) : count_(axes.size()) {
  if (count_ > axes_.size())
    throw ShapeError(fmt::format("axes: {} given, but a shape has at most {}", count_, axes_.size()));
  std::copy(axes.begin(), axes.end(), axes_.begin());
}

namespace {

/// A tensor seen as [before, extent, after]; the op reduces the middle axis.
struct Middle {
  std::size_t before, extent, after;
};

/// to[before, extent, after] (+)= fraction * from[before, after]
template <class Scalar>
void spread_middle(const Middle& m, Scalar fraction, const Scalar* from, GradientSink<Scalar> to) {
  if (m.before == 0 || m.extent == 0 || m.after == 0) return;  // another extent may be huge
  // Without axes behind, one number fills a row; otherwise a row goes to each of `extent` rows.
  const std::size_t rows = m.after == 1 ? 1 : m.extent, columns = m.after == 1 ? m.extent : m.after;
  for (std::size_t outer = 0; outer < m.before; ++outer, from += m.after)
    for (std::size_t row = 0; row < rows; ++row, to.data += columns)
      for (std::size_t i = 0; i < columns; ++i) {
        const Scalar part = from[m.after == 1 ? 0 : i] * fraction;
        to.data[i] = to.unwritten ? part : to.data[i] + part;
      }
}

/// Computes each infinite result again in double: perhaps only its sum overflowed.
template <class Scalar>
void sum_again(Variable<Scalar> y, const Scalar* from, const Middle& m, double divisor) {
  for (std::size_t i = 0; i < y.shape().size(); ++i) {
    const Scalar* const first = from + i / m.after * m.extent * m.after + i % m.after;
    if (Scalar& sum = y.writable()[i]; !std::isfinite(detail::value_of(sum)))
      sum = detail::quotient_of_large_sum(m.extent, first, m.after, divisor);
  }
}

template <class Scalar>
Variable<Scalar> sum_middle(const char* operation, Variable<Scalar> x, const Middle& m, const Shape& shape,
                            double divisor) {
  const auto y = x.tape().record(operation, shape, {x});
  const auto sums = x.tape().template scratch<detail::Accumulator<Scalar>>(m.after);
  const Scalar* from = x.value().data();
  Scalar* to = y.writable();
  const std::size_t before = m.after == 0 ? 0 : m.before;
  for (std::size_t outer = 0; outer < before; ++outer, from += m.extent * m.after, to += m.after) {
    std::fill(sums.begin(), sums.end(), detail::Accumulator<Scalar>{0});
    if (m.after == 1)
      sums[0] = detail::sum_of(m.extent, from);
    else
      detail::add_columns(m.extent, m.after, from, sums.data());
    for (std::size_t i = 0; i < m.after; ++i) to[i] = static_cast<Scalar>(sums[i] / divisor);
  }
  if (!detail::all_finite(shape.size(), y.value().data())) sum_again(y, x.value().data(), m, divisor);
  y.on_backward(
      [x, y, m, divisor] { spread_middle(m, static_cast<Scalar>(1 / divisor), y.upstream(), x.gradient_sink()); });
  return y;
}

template <class Scalar>
Variable<Scalar> max_middle(Variable<Scalar> x, const Middle& m, const Shape& shape) {
  const auto y = x.tape().record("max", shape, {x});
  // Where each result came from.
  const auto origins = x.tape().template scratch<std::size_t>(shape.size());
  const Scalar* const from = x.value().data();
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const std::size_t first = i / m.after * m.extent * m.after + i % m.after;
    origins[i] = first;
    for (std::size_t at = first; at < first + m.extent * m.after; at += m.after)
      if (detail::exceeds(from[at], from[origins[i]])) origins[i] = at;
    y.writable()[i] = from[origins[i]];
  }
  y.on_backward([x, y, origins] {
    const Scalar* const arrived = y.upstream();
    Scalar* const gradient = x.mutable_gradient();
    for (std::size_t i = 0; i < origins.size(); ++i) gradient[origins[i]] += arrived[i];
  });
  return y;
}

/// Which axes the caller means. Throws ShapeError when one is named twice.
std::array<bool, Shape::max_rank> marked_axes(const char* operation, const Shape& shape, const Axes& axes) {
  std::array<bool, Shape::max_rank> marked{};
  for (const std::ptrdiff_t axis : axes) {
    bool& mark = marked[resolve_axis(operation, shape, axis)];
    if (mark) throw ShapeError(fmt::format("{}: axis {} of {} is named twice", operation, axis, to_string(shape)));
    mark = true;
  }
  return marked;
}

/// Calls x = step(x, middle, shape) for every run of neighboring marked axes, from the last to the first. Reduced axes
/// keep an extent of 1 until the end.
template <class Scalar>
Variable<Scalar> reduce_axes(const char* operation, Variable<Scalar> x, const Axes& axes, ReductionOptions options,
                             auto&& step) {
  const auto marked = marked_axes(operation, x.shape(), axes);
  for (std::size_t end = x.shape().rank(); end > 0;) {
    std::size_t first = end;
    while (first > 0 && marked[first - 1]) --first;
    if (first < end) {
      Shape shape = x.shape();
      const std::size_t before = shape.before(first), after = shape.after(end - 1);
      std::size_t extent = 1;
      for (std::size_t axis = first; axis < end; ++axis) {
        extent *= shape[axis];
        shape = shape.with(axis, 1);
      }
      x = step(x, Middle{before, extent, after}, shape);
    }
    end = first == 0 ? 0 : first - 1;
  }
  if (options.keep_axes) return x;
  Shape shape = x.shape();
  for (std::size_t axis = shape.rank(); axis-- > 0;)
    if (marked[axis]) shape = shape.without(axis);
  return reshape(x, shape);
}

/// Throws ArgumentError when a result would be made of no numbers.
void expect_numbers(const char* operation, const Shape& shape, const Middle& m) {
  if (m.extent == 0 && m.before * m.after > 0)
    throw ArgumentError(
        fmt::format("{}: of no numbers: the reduced axes of {} are empty", operation, to_string(shape)));
}

template <class Scalar>
Variable<Scalar> mean_middle(const char* operation, Variable<Scalar> x, const Middle& m, const Shape& shape) {
  expect_numbers(operation, x.shape(), m);
  return sum_middle(operation, x, m, shape, static_cast<double>(m.extent));
}

/// The sum of all elements over the number of rows.
template <class Scalar>
Variable<Scalar> sum_over_rows(const char* operation, Variable<Scalar> x, const Middle& all) {
  const Shape shape = x.shape();
  if (shape.rank() == 0)
    throw ShapeError(fmt::format("{}: a sum per step of [], expected [P, ...], a row for each step", operation));
  if (shape[0] == 0) throw ArgumentError(fmt::format("{}: a mean over no steps: no sequence has any", operation));
  return sum_middle(operation, x, all, {}, static_cast<double>(shape[0]));
}

}  // namespace

template <class Scalar>
Variable<Scalar> reduce(const char* operation, Variable<Scalar> x, Reduction reduction, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Middle all{1, x.shape().size(), 1};
  switch (reduction) {
    case Reduction::sum:
      return sum_middle(operation, x, all, {}, 1);
    case Reduction::sum_per_step:
      return sum_over_rows(operation, x, all);
    case Reduction::mean:
      break;
  }
  return mean_middle(operation, x, all, {});
}

template <class Scalar>
Variable<Scalar> sum(Variable<Scalar> x, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  return reduce("sum", x, Reduction::sum);
}
template <class Scalar>
Variable<Scalar> sum(Variable<Scalar> x, const Axes& axes, ReductionOptions options, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  return reduce_axes("sum", x, axes, options, [](auto part, const Middle& middle, const Shape& shape) {
    return sum_middle("sum", part, middle, shape, 1);
  });
}

template <class Scalar>
Variable<Scalar> mean(Variable<Scalar> x, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  return reduce("mean", x, Reduction::mean);
}
template <class Scalar>
Variable<Scalar> mean(Variable<Scalar> x, const Axes& axes, ReductionOptions options, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  return reduce_axes("mean", x, axes, options, [](auto part, const Middle& middle, const Shape& shape) {
    return mean_middle("mean", part, middle, shape);
  });
}

template <class Scalar>
Variable<Scalar> max(Variable<Scalar> x, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Middle all{1, x.shape().size(), 1};
  expect_numbers("max", x.shape(), all);
  return max_middle(x, all, {});
}
template <class Scalar>
Variable<Scalar> max(Variable<Scalar> x, const Axes& axes, ReductionOptions options, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  return reduce_axes("max", x, axes, options, [](auto part, const Middle& middle, const Shape& shape) {
    expect_numbers("max", part.shape(), middle);
    return max_middle(part, middle, shape);
  });
}

#define UNROLL_INSTANTIATE(Scalar)                                                           \
  template Variable<Scalar> reduce(const char*, Variable<Scalar>, Reduction, CallSite);      \
  template Variable<Scalar> sum(Variable<Scalar>, CallSite);                                 \
  template Variable<Scalar> sum(Variable<Scalar>, const Axes&, ReductionOptions, CallSite);  \
  template Variable<Scalar> mean(Variable<Scalar>, CallSite);                                \
  template Variable<Scalar> mean(Variable<Scalar>, const Axes&, ReductionOptions, CallSite); \
  template Variable<Scalar> max(Variable<Scalar>, CallSite);                                 \
  template Variable<Scalar> max(Variable<Scalar>, const Axes&, ReductionOptions, CallSite);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
