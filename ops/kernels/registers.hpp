#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

/// Loops over a row of numbers a register at a time, with the remainder at its end. For the sources of ops.
namespace unroll::inline v0::detail {

/// Calls `full(column)` for whole registers of one row and `part(column, count)` for the remainder.
template <std::size_t width>
void for_each_register(std::size_t columns, auto&& full, auto&& part) {
  std::size_t column = 0;
  for (; column + width <= columns; column += width) full(column);
  if (column < columns) part(column, columns - column);
}

/// Loads fewer numbers than a register holds. The last one fills up the register, so that the same arithmetic serves
/// every position.
template <class Vector, class Scalar>
Vector load_tail(const Scalar* from, std::size_t count) {
  std::array<Scalar, Vector::count> padded;
  for (std::size_t i = 0; i < Vector::count; ++i) padded[i] = from[i < count ? i : count - 1];
  return Vector::load(padded.data());
}
template <class Vector, class Scalar>
void store_tail(const Vector& numbers, Scalar* to, std::size_t count) {
  std::array<Scalar, Vector::count> padded;
  numbers.store(padded.data());
  std::copy_n(padded.data(), count, to);
}

}  // namespace unroll::inline v0::detail
