#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/kernels/add_rows.hpp>
#include <unroll/ops/operands/picked_rows.hpp>
#include <unroll/ops/operands/repetition.hpp>
#include <unroll/ops/shaping.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>

namespace unroll::inline v0 {

namespace detail {

std::size_t equal_part(const Shape& shape, std::size_t axis, std::size_t parts) {
  if (parts == 0 || shape[axis] % parts != 0)
    throw ShapeError(
        fmt::format("split: axis {} of {} cannot be cut into {} equal parts", axis, to_string(shape), parts));
  return shape[axis] / parts;
}

std::size_t last_axis(const char* operation, const Shape& shape) { return resolve_axis(operation, shape, -1); }

namespace {

/// A tensor seen as [outer, a, middle, b, inner]; the op exchanges axes a and b.
struct Exchange {
  std::size_t outer, a, middle, b, inner;
};

/// to[column, row] (+)= from[row, column], in tiles that stay in the cache.
template <class Scalar>
void transpose_matrix(std::size_t rows, std::size_t columns, const Scalar* from,
                      const GradientSink<std::type_identity_t<Scalar>>& to) {
  constexpr std::size_t tile = 16;
  for (std::size_t top = 0; top < rows; top += tile)
    for (std::size_t left = 0; left < columns; left += tile)
      for (std::size_t column = left; column < std::min(left + tile, columns); ++column)
        for (std::size_t row = top; row < std::min(top + tile, rows); ++row) {
          Scalar& target = to.data[column * rows + row];
          target = to.unwritten ? from[row * columns + column] : target + from[row * columns + column];
        }
}

/// to[outer, b, middle, a, inner] (+)= from[outer, a, middle, b, inner]
template <class Scalar>
void exchange_axes(const Exchange& e, const Scalar* from, GradientSink<Scalar> to) {
  if (e.outer == 0 || e.a == 0 || e.middle == 0 || e.b == 0 || e.inner == 0) return;  // another extent may be huge
  if (e.middle == 1 && e.inner == 1) {
    const std::size_t size = e.a * e.b;
    for (std::size_t at = 0; at < e.outer * size; at += size)
      transpose_matrix(e.a, e.b, from + at, {to.data + at, to.unwritten});
    return;
  }
  for (std::size_t outer = 0; outer < e.outer; ++outer)
    for (std::size_t b = 0; b < e.b; ++b)
      for (std::size_t middle = 0; middle < e.middle; ++middle)
        for (std::size_t a = 0; a < e.a; ++a, to.data += e.inner)
          to.add(from + (((outer * e.a + a) * e.middle + middle) * e.b + b) * e.inner, e.inner);
}

/// to[before, extent, after] (+)= from[before, extent, after], with the middle axis backwards.
template <class Scalar>
void reverse_axis(std::size_t before, std::size_t extent, std::size_t after, const Scalar* from,
                  GradientSink<Scalar> to) {
  if (before == 0 || extent == 0 || after == 0) return;  // another extent may be huge
  for (std::size_t outer = 0; outer < before; ++outer)
    for (std::size_t i = 0; i < extent; ++i, to.data += after)
      to.add(from + (outer * extent + extent - 1 - i) * after, after);
}

/// A shape with two extents swapped. They swap before a Shape is made: a shape with one of them at both axes may have
/// more elements than can be counted.
Shape exchanged(const Shape& shape, std::size_t a, std::size_t b) {
  std::array<std::size_t, Shape::max_rank> extents{};
  std::copy(shape.begin(), shape.end(), extents.begin());
  std::swap(extents.at(a), extents.at(b));
  return Shape(std::span<const std::size_t>(extents.data(), shape.rank()));
}

/// A view of whole rows of `x`, from the number `offset` on. Picked rows stay lazy.
template <class Scalar>
Variable<Scalar> rows_of(const char* operation, Variable<Scalar> x, std::size_t offset, const Shape& shape) {
  const auto* const picked = picked_rows(x);
  if (picked == nullptr || shape.rank() == 0 || shape.back() != x.shape().back())
    return x.tape().view(operation, x, offset, shape);
  PickedRows<Scalar> part = *picked;
  const std::size_t width = std::max<std::size_t>(part.width, 1);
  part.tokens = part.tokens.subspan(offset / width, shape.before(shape.rank() - 1));
  return pick(operation, part, shape);
}

template <class Scalar>
Variable<Scalar> columns_of(const char* operation, Variable<Scalar> x, std::size_t first, std::size_t count) {
  const auto* const picked = picked_rows(x);
  if (picked == nullptr) return x.tape().columns(operation, x, first, count);
  PickedRows<Scalar> part = *picked;
  part.first += first;
  part.width = count;
  return pick(operation, part, x.shape().with(x.shape().rank() - 1, count));
}

/// `from` with axes of extent 1 put in front until it has as many axes as `shape`. Throws ShapeError unless it can fill
/// `shape`.
Shape expect_fills(const Shape& from, const Shape& shape) {
  Shape padded = from;
  while (padded.rank() < shape.rank()) padded = padded.inserted(0, 1);
  const auto fits = [](std::size_t own, std::size_t extent) { return own == extent || own == 1; };
  if (padded.rank() == shape.rank() && std::equal(padded.begin(), padded.end(), shape.begin(), fits)) return padded;
  throw ShapeError(
      fmt::format("broadcast: {} does not fill {} (matched from the last axis, each extent must be "
                  "equal or 1; is an axis to be put in by reshape?)",
                  to_string(from), to_string(shape)));
}

/// Repeats x along the last group of neighboring axes that are shorter than those of `shape`. `from` is the shape of x
/// with as many axes as `shape`; the function updates it.
template <class Scalar>
Variable<Scalar> repeat_last(Variable<Scalar> x, Shape& from, const Shape& shape) {
  std::size_t end = shape.rank();
  while (from[end - 1] == shape[end - 1]) --end;
  std::size_t first = end, repeats = 1;
  for (; first > 0 && from[first - 1] == 1; --first) {
    repeats *= shape[first - 1];
    from = from.with(first - 1, shape[first - 1]);
  }
  return repeat<Scalar>("broadcast", {x, repeats, from.after(end - 1)}, from);
}

}  // namespace
}  // namespace detail

template <class Scalar>
Variable<Scalar> reshape(Variable<Scalar> x, const Shape& shape, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  if (x.shape().size() != shape.size())
    throw ShapeError(fmt::format("reshape: {} has {}, but {} has {}", to_string(x.shape()),
                                 counted(x.shape().size(), "element"), to_string(shape), shape.size()));
  return detail::rows_of("reshape", x, 0, shape);
}

template <class Scalar>
Variable<Scalar> transpose(Variable<Scalar> x, std::ptrdiff_t axis_a, std::ptrdiff_t axis_b, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Shape shape = x.shape();
  const auto [a, b] = std::minmax({resolve_axis("transpose", shape, axis_a), resolve_axis("transpose", shape, axis_b)});
  if (a == b) return x;
  const std::size_t middle =
      std::accumulate(shape.begin() + a + 1, shape.begin() + b, std::size_t{1}, std::multiplies<>{});
  const detail::Exchange exchange{shape.before(a), shape[a], middle, shape[b], shape.after(b)};
  const auto y = x.tape().record("transpose", detail::exchanged(shape, a, b), {x});
  detail::exchange_axes<Scalar>(exchange, x.value().data(), {.data = y.writable(), .unwritten = true});
  const detail::Exchange back{exchange.outer, exchange.b, middle, exchange.a, exchange.inner};
  y.on_backward([=] { detail::exchange_axes(back, y.upstream(), x.gradient_sink()); });
  return y;
}

template <class Scalar>
Variable<Scalar> slice(Variable<Scalar> x, std::ptrdiff_t axis_wanted, std::size_t first, std::size_t count,
                       CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Shape shape = x.shape();
  const std::size_t axis = resolve_axis("slice", shape, axis_wanted);
  if (first > shape[axis] || count > shape[axis] - first)
    throw ShapeError(fmt::format("slice: {} from {} on asked of axis {} of {}, which has {}", counted(count, "element"),
                                 first, axis, to_string(shape), shape[axis]));
  const std::size_t rows = shape.before(axis), step = shape[axis] * shape.after(axis);
  const std::size_t offset = first * shape.after(axis), length = count * shape.after(axis);
  if (rows == 1 && axis + 1 < shape.rank()) return detail::rows_of("slice", x, offset, shape.with(axis, count));
  if (rows == 1 && !detail::picked_rows(x)) return x.tape().view("slice", x, offset, shape.with(axis, count));
  if (axis + 1 == shape.rank()) return detail::columns_of("slice", x, first, count);

  const auto y = x.tape().record("slice", shape.with(axis, count), {x});
  if (y.shape().size() == 0) return y;  // there may be very many rows without numbers
  detail::add_rows(rows, length, x.value().data() + offset, step, {.data = y.writable(), .unwritten = true}, length);
  y.on_backward([=] {
    detail::add_rows(rows, length, y.upstream(), length, {.data = x.mutable_gradient() + offset, .unwritten = false},
                     step);
  });
  return y;
}

template <class Scalar>
Variable<Scalar> at_step(Variable<Scalar> x, std::size_t t, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Shape shape = x.shape();
  if (shape.rank() == 0 || t >= shape[0])
    throw ShapeError(fmt::format("at_step: step {} asked of {} (steps are the first axis, counted from 0)", t,
                                 describe(shape, "T")));
  if (shape.rank() == 1) return x.tape().view("at_step", x, t, {});
  return detail::rows_of("at_step", x, t * shape.after(0), shape.without(0));
}

template <class Scalar>
std::vector<Variable<Scalar>> split(Variable<Scalar> x, std::ptrdiff_t axis, std::size_t parts, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Shape shape = x.shape();
  const std::size_t width = detail::equal_part(shape, resolve_axis("split", shape, axis), parts);
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max() / 4;  // a tape counts nodes in 32 bits
  if (parts > most)                                                            // possible for an axis of extent 0
    throw ArgumentError(
        fmt::format("split: {} parts of axis {} of {} asked for, expected at most {} (was a count computed as -1?)",
                    parts, axis, to_string(shape), most));
  return split(x, axis, std::vector<std::size_t>(parts, width));
}

template <class Scalar>
std::vector<Variable<Scalar>> split(Variable<Scalar> x, std::ptrdiff_t axis_wanted, std::span<const std::size_t> sizes,
                                    CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Shape shape = x.shape();
  const std::size_t axis = resolve_axis("split", shape, axis_wanted);
  const std::size_t sum = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
  if (sum != shape[axis])
    throw ShapeError(fmt::format("split: sizes [{}] add up to {}, but axis {} of {} has {}", fmt::join(sizes, ", "),
                                 sum, axis, to_string(shape), shape[axis]));
  std::vector<Variable<Scalar>> parts;
  std::size_t first = 0;
  for (const std::size_t size : sizes) {
    parts.push_back(slice(x, axis_wanted, first, size));
    first += size;
  }
  return parts;
}

template <class Scalar>
Variable<Scalar> reverse(Variable<Scalar> x, std::ptrdiff_t axis_wanted, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Shape shape = x.shape();
  const std::size_t axis = resolve_axis("reverse", shape, axis_wanted);
  const std::size_t before = shape.before(axis), extent = shape[axis], after = shape.after(axis);
  const auto y = x.tape().record("reverse", shape, {x});
  detail::reverse_axis<Scalar>(before, extent, after, x.value().data(), {.data = y.writable(), .unwritten = true});
  y.on_backward([=] { detail::reverse_axis(before, extent, after, y.upstream(), x.gradient_sink()); });
  return y;
}

template <class Scalar>
Variable<Scalar> broadcast(Variable<Scalar> x, const Shape& shape, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  Shape from = detail::expect_fills(x.shape(), shape);
  if (from == shape) return reshape(x, shape);
  while (from != shape) x = detail::repeat_last(x, from, shape);
  return x;
}

#define UNROLL_INSTANTIATE(Scalar)                                                                             \
  template Variable<Scalar> reshape(Variable<Scalar>, const Shape&, CallSite);                                 \
  template Variable<Scalar> transpose(Variable<Scalar>, std::ptrdiff_t, std::ptrdiff_t, CallSite);             \
  template Variable<Scalar> slice(Variable<Scalar>, std::ptrdiff_t, std::size_t, std::size_t, CallSite);       \
  template Variable<Scalar> at_step(Variable<Scalar>, std::size_t, CallSite);                                  \
  template std::vector<Variable<Scalar>> split(Variable<Scalar>, std::ptrdiff_t, std::size_t, CallSite);       \
  template std::vector<Variable<Scalar>> split(Variable<Scalar>, std::ptrdiff_t, std::span<const std::size_t>, \
                                               CallSite);                                                      \
  template Variable<Scalar> reverse(Variable<Scalar>, std::ptrdiff_t, CallSite);                               \
  template Variable<Scalar> broadcast(Variable<Scalar>, const Shape&, CallSite);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
