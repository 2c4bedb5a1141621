#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/kernels/row_kernels.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

namespace {

/// Throws ShapeError unless every part has the first one's extents except on `axis`.
template <class Scalar>
void expect_fitting(std::span<const Variable<Scalar>> parts, std::size_t axis) {
  const Shape first = parts[0].shape();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const Shape shape = parts[i].shape();
    if (shape.rank() != first.rank() || shape.with(axis, first[axis]) != first)
      throw ShapeError(fmt::format("concat: part {} has shape {}, but part 0 has {} (only axis {} may differ)", i,
                                   to_string(shape), to_string(first), axis));
  }
}

template <class Scalar>
void expect_some(const char* operation, std::span<const Variable<Scalar>> parts) {
  if (parts.empty())
    throw ArgumentError(fmt::format("{}: no parts given, expected at least one (is the sequence empty?)", operation));
}

/// Records the joined parts. A row of the result (all that lies behind the axes before `axis`) is a piece of each part,
/// one after another.
template <class Scalar>
Variable<Scalar> join(const char* operation, std::span<const Variable<Scalar>> parts, const Shape& shape,
                      std::size_t axis) {
  Tape<Scalar>& tape = parts[0].tape();
  const auto joined = tape.record(operation, shape, parts);
  if (shape.size() == 0) return joined;  // there may be very many rows without numbers
  const std::size_t rows = shape.before(axis), width = shape[axis] * shape.after(axis);
  const auto kept = tape.template scratch<Variable<Scalar>>(parts.size());
  std::copy(parts.begin(), parts.end(), kept.begin());

  Scalar* to = joined.writable();
  for (const auto& part : kept) {
    const std::size_t piece = part.shape().size() / rows;
    detail::add_rows(rows, piece, part.value().data(), piece, {.data = to, .unwritten = true}, width);
    to += piece;
  }
  joined.on_backward([=] {
    const Scalar* from = joined.upstream();
    for (const auto& part : kept) {
      const std::size_t piece = part.shape().size() / rows;
      if (part.needs_gradient()) detail::add_rows(rows, piece, from, width, part.gradient_sink(), piece);
      from += piece;
    }
  });
  return joined;
}

}  // namespace

template <class Scalar>
Variable<Scalar> concat(std::span<const Variable<Scalar>> parts, std::ptrdiff_t axis_wanted, CallSite site) {
  expect_some("concat", parts);
  const CalledFrom caller(parts[0].tape(), site);
  const std::size_t axis = resolve_axis("concat", parts[0].shape(), axis_wanted);
  expect_fitting(parts, axis);
  std::size_t extent = 0;
  for (const auto& part : parts)
    if (__builtin_add_overflow(extent, part.shape()[axis], &extent))
      throw ShapeError(
          fmt::format("concat: the parts have more elements along axis {} than can be counted: {} and others (was a "
                      "size computed as -1?)",
                      axis, to_string(part.shape())));
  return join("concat", parts, parts[0].shape().with(axis, extent), axis);
}

template <class Scalar>
Variable<Scalar> stack(std::span<const Variable<Scalar>> parts, std::ptrdiff_t axis_wanted, CallSite site) {
  expect_some("stack", parts);
  const CalledFrom caller(parts[0].tape(), site);
  for (const auto& part : parts) expect_same_shape("stack", parts[0].shape(), part.shape());
  // `axis` counts in the shape of the result.
  const Shape shape = parts[0].shape().inserted(0, parts.size());
  const std::size_t axis = resolve_axis("stack", shape, axis_wanted);
  return join("stack", parts, parts[0].shape().inserted(axis, parts.size()), axis);
}

template Variable<float> concat(std::span<const Variable<float>>, std::ptrdiff_t, CallSite);
template Variable<double> concat(std::span<const Variable<double>>, std::ptrdiff_t, CallSite);
template Variable<DualNumber> concat(std::span<const Variable<DualNumber>>, std::ptrdiff_t, CallSite);
template Variable<float> stack(std::span<const Variable<float>>, std::ptrdiff_t, CallSite);
template Variable<double> stack(std::span<const Variable<double>>, std::ptrdiff_t, CallSite);
template Variable<DualNumber> stack(std::span<const Variable<DualNumber>>, std::ptrdiff_t, CallSite);

}  // namespace unroll::inline v0
