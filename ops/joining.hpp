#pragma once

#include <unroll/framework/tape/variable.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>

/// Ops that make one tensor of several: `concat({forward, backward}, -1)`, `stack(hidden_states)`. The list of tensors
/// is a span, a braced list, or any container of Variables in one piece.
namespace unroll::inline v0 {

/// The parts one after another along an axis that exists; their other axes must agree (else ShapeError).
/// Throws ArgumentError when there are none.
template <class Scalar>
Variable<Scalar> concat(std::span<const Variable<Scalar>> parts, std::ptrdiff_t axis,
                        CallSite site = CallSite::current());

/// The parts, all of one shape (else ShapeError), side by side along a new axis: T times [N, H] -> [T, N, H].
/// Throws ArgumentError when there are none.
template <class Scalar>
Variable<Scalar> stack(std::span<const Variable<Scalar>> parts, std::ptrdiff_t axis = 0,
                       CallSite site = CallSite::current());

/// The same for a braced list.
template <class Scalar>
Variable<Scalar> concat(std::initializer_list<Variable<Scalar>> parts, std::ptrdiff_t axis,
                        CallSite site = CallSite::current()) {
  return concat(std::span<const Variable<Scalar>>(parts.begin(), parts.size()), axis, site);
}
/// The same for a braced list.
template <class Scalar>
Variable<Scalar> stack(std::initializer_list<Variable<Scalar>> parts, std::ptrdiff_t axis = 0,
                       CallSite site = CallSite::current()) {
  return stack(std::span<const Variable<Scalar>>(parts.begin(), parts.size()), axis, site);
}

/// A vector, an array or a span of Variables.
template <class Type>
concept VariableList = requires(const Type& list) {
  list.data()->item();
  { list.size() } -> std::convertible_to<std::size_t>;
};
/// The same for a vector, an array or a span.
template <VariableList List>
auto concat(const List& parts, std::ptrdiff_t axis, CallSite site = CallSite::current()) {
  return concat(std::span<const typename List::value_type>(parts.data(), parts.size()), axis, site);
}
/// The same for a vector, an array or a span.
template <VariableList List>
auto stack(const List& parts, std::ptrdiff_t axis = 0, CallSite site = CallSite::current()) {
  return stack(std::span<const typename List::value_type>(parts.data(), parts.size()), axis, site);
}

}  // namespace unroll::inline v0
