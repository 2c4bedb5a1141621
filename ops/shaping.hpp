#pragma once

#include <unroll/framework/tape/variable.hpp>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

/// Ops that change the shape of a tensor or pick a part of it. An axis is counted from the front (0, 1, ...) or from
/// the back (-1 is the last); an axis that a shape does not have throws ShapeError. A view shares the memory and the
/// gradient of `x`, unless x has been picked from a table (rows.hpp) and has no gradient memory of its own.
namespace unroll::inline v0 {

/// The same numbers in another shape of as many elements (else ShapeError): a view of `x`.
template <class Scalar>
Variable<Scalar> reshape(Variable<Scalar> x, const Shape& shape, CallSite site = CallSite::current());

/// `x` with two axes exchanged: the transposed matrix, or [T, N, D] as [N, T, D]. A copy, unless both are the same
/// axis.
template <class Scalar>
Variable<Scalar> transpose(Variable<Scalar> x, std::ptrdiff_t axis_a = -2, std::ptrdiff_t axis_b = -1,
                           CallSite site = CallSite::current());

/// Elements [first, first + count) of an axis: a view of `x` when the axis is the first or the last, else a copy.
/// Throws ShapeError when the axis is shorter than first + count.
template <class Scalar>
Variable<Scalar> slice(Variable<Scalar> x, std::ptrdiff_t axis, std::size_t first, std::size_t count,
                       CallSite site = CallSite::current());

/// Step t of a sequence: [T, N, D] -> [N, D], or any other [T, ...] -> [...]. A view of `x`.
/// Throws ShapeError unless t < T.
template <class Scalar>
Variable<Scalar> at_step(Variable<Scalar> x, std::size_t t, CallSite site = CallSite::current());

/// `parts` equal parts along an axis, which must divide (else ShapeError); slices of `x`. The returned vector is on the
/// heap: inside a training step, use split<K>.
template <class Scalar>
std::vector<Variable<Scalar>> split(Variable<Scalar> x, std::ptrdiff_t axis, std::size_t parts,
                                    CallSite site = CallSite::current());
/// Parts of the given sizes along an axis, which must add up to its extent (else ShapeError).
template <class Scalar>
std::vector<Variable<Scalar>> split(Variable<Scalar> x, std::ptrdiff_t axis, std::span<const std::size_t> sizes,
                                    CallSite site = CallSite::current());
/// The same for a braced list of sizes.
template <class Scalar>
std::vector<Variable<Scalar>> split(Variable<Scalar> x, std::ptrdiff_t axis, std::initializer_list<std::size_t> sizes,
                                    CallSite site = CallSite::current()) {
  return split(x, axis, std::span(sizes.begin(), sizes.size()), site);
}

namespace detail {
/// The width of each of `parts` equal parts of an axis; throws ShapeError when it does not divide.
std::size_t equal_part(const Shape& shape, std::size_t axis, std::size_t parts);
/// Throws ShapeError for a tensor without axes.
std::size_t last_axis(const char* operation, const Shape& shape);
}  // namespace detail

/// K equal parts of the last axis, without a copy: the gates of a cell. Throws ShapeError when K does not divide it.
///
///     const auto [input_gate, forget_gate, candidate, output_gate] = split<4>(gates);  // [N, 4 H] -> 4 times [N, H]
template <std::size_t K, class Scalar>
std::array<Variable<Scalar>, K> split(Variable<Scalar> x, CallSite site = CallSite::current()) {
  const Shape shape = x.shape();
  const std::size_t width = detail::equal_part(shape, detail::last_axis("split", shape), K);
  std::array<Variable<Scalar>, K> parts;
  for (std::size_t i = 0; i < K; ++i) parts[i] = slice(x, -1, i * width, width, site);
  return parts;
}

/// The elements of an axis in reverse order: a sequence backwards. A copy.
template <class Scalar>
Variable<Scalar> reverse(Variable<Scalar> x, std::ptrdiff_t axis, CallSite site = CallSite::current());

/// `x` repeated to fill `shape`, by the rules of numpy: axes are matched from the last, and an axis of extent 1, or one
/// that is missing in front, is repeated. The gradient is the sum over the repetitions. `map` reads x in place; for any
/// other op the tape makes the repeated numbers. Throws ShapeError when an axis does not match.
template <class Scalar>
Variable<Scalar> broadcast(Variable<Scalar> x, const Shape& shape, CallSite site = CallSite::current());

}  // namespace unroll::inline v0
