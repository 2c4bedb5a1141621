#pragma once

#include <unroll/framework/variable.hpp>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

/// Ops that change the shape of a tensor or pick a part of it. An axis is counted from the front (0, 1, ...) or from
/// the back (-1 is the last); an axis that a shape does not have is a ShapeError. Parts that share memory share the
/// gradient too, unless they are of rows that were picked from a table (rows.hpp), which have none of their own.
namespace unroll::inline v0 {

/// The same numbers in another shape of as many elements (else ShapeError). Shares memory with `x`.
template <class Scalar>
Variable<Scalar> reshape(Variable<Scalar> x, const Shape& shape, Where where = Where::current());

/// `x` with two axes exchanged: the transposed matrix, or [T, N, D] as [N, T, D]. A copy.
template <class Scalar>
Variable<Scalar> transpose(Variable<Scalar> x, std::ptrdiff_t axis_a = -2, std::ptrdiff_t axis_b = -1,
                           Where where = Where::current());

/// Elements [first, first + count) of an axis. Shares memory with `x` when the axis is the first or the last.
/// Throws ShapeError when the axis is shorter than that.
template <class Scalar>
Variable<Scalar> slice(Variable<Scalar> x, std::ptrdiff_t axis, std::size_t first, std::size_t count,
                       Where where = Where::current());

/// Step t of a sequence: [T, N, D] -> [N, D], or any other [T, ...] -> [...]. Shares memory with `x`.
/// Throws ShapeError unless t < T.
template <class Scalar>
Variable<Scalar> at_step(Variable<Scalar> x, std::size_t t, Where where = Where::current());

/// Equal parts along an axis, or parts of the given sizes, which must add up (else ShapeError). The list is on the
/// heap: inside a training step, use split<K>.
template <class Scalar>
std::vector<Variable<Scalar>> split(Variable<Scalar> x, std::ptrdiff_t axis, std::size_t parts,
                                    Where where = Where::current());
template <class Scalar>
std::vector<Variable<Scalar>> split(Variable<Scalar> x, std::ptrdiff_t axis, std::span<const std::size_t> sizes,
                                    Where where = Where::current());
template <class Scalar>
std::vector<Variable<Scalar>> split(Variable<Scalar> x, std::ptrdiff_t axis, std::initializer_list<std::size_t> sizes,
                                    Where where = Where::current()) {
  return split(x, axis, std::span(sizes.begin(), sizes.size()), where);
}

namespace detail {
/// The width of each of `parts` equal parts of an axis; throws ShapeError when it does not divide.
std::size_t equal_part(const Shape& shape, std::size_t axis, std::size_t parts);
/// Throws ShapeError for a tensor without axes.
std::size_t last_axis(const char* operation, const Shape& shape);
}  // namespace detail

/// K equal parts of the last axis, without a copy: the gates of a cell.
///
///     const auto [input_gate, forget_gate, candidate, output_gate] = split<4>(gates);  // [N, 4 H] -> 4 times [N, H]
template <std::size_t K, class Scalar>
std::array<Variable<Scalar>, K> split(Variable<Scalar> x, Where where = Where::current()) {
  const Shape shape = x.shape();
  const std::size_t width = detail::equal_part(shape, detail::last_axis("split", shape), K);
  std::array<Variable<Scalar>, K> parts;
  for (std::size_t i = 0; i < K; ++i) parts[i] = slice(x, -1, i * width, width, where);
  return parts;
}

/// The elements of an axis in reverse order: a sequence backwards. A copy.
template <class Scalar>
Variable<Scalar> reverse(Variable<Scalar> x, std::ptrdiff_t axis, Where where = Where::current());

/// `x` repeated to fill `shape`, by the rules of numpy: axes are matched from the last, and an axis of extent 1, or one
/// that is missing in front, is repeated. The gradient is the sum over the repetitions. `map` and all that is made of
/// it (+ - * / and others) read x where it is, and add to its gradient there; for any other op the numbers are copied,
/// once. Throws ShapeError when x cannot fill the shape.
template <class Scalar>
Variable<Scalar> broadcast(Variable<Scalar> x, const Shape& shape, Where where = Where::current());

}  // namespace unroll::inline v0
