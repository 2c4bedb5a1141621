#pragma once

#include <unroll/ops/kernels/add_rows.hpp>
#include <unroll/ops/kernels/lanes.hpp>
#include <unroll/ops/kernels/registers.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <type_traits>

/// The loops of the ops that work on whole rows (softmax, losses, normalization, sums). For the sources of ops.
namespace unroll::inline v0::detail {

/// The lanes of a register as one number, combined in pairs.
template <class Scalar, class Arch, class Combine>
Scalar fold_lanes(const Lanes<Scalar, Arch>& lanes, const Combine& combine) {
  std::array<Scalar, Lanes<Scalar, Arch>::count> numbers;
  lanes.store(numbers.data());
  for (std::size_t half = numbers.size() / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) numbers[i] = combine(numbers[i], numbers[i + half]);
  return numbers[0];
}

/// The largest of at least one number. A NaN may be passed over.
template <class Scalar, class Vector = Lanes<Scalar>>
Scalar largest_of(std::size_t count, const Scalar* from) {
  Vector largest(from[0]);
  const auto take = [&](Vector numbers) { largest = where(numbers > largest, numbers, largest); };
  for_each_register<Vector::count>(
      count, [&](std::size_t i) { take(Vector::load(from + i)); },
      [&](std::size_t i, std::size_t left) { take(load_tail<Vector>(from + i, left)); });
  return fold_lanes(largest, [](Scalar a, Scalar b) { return a > b ? a : b; });
}

/// Whether `candidate` takes the place of `best`: it is larger, or the first NaN.
template <class Scalar>
bool exceeds(Scalar candidate, Scalar best) {
  return candidate > best || (candidate != candidate && best == best);
}

/// Functions for sum_over: a plain sum, and a sum of products.
inline constexpr auto itself = [](auto a) { return a; };
inline constexpr auto product_of_two = [](auto a, auto b) { return a * b; };

/// Σ f(a[i], b[i], ...), a register at a time.
template <class Function, class Scalar, class Vector = Lanes<Scalar>, class... More>
Scalar sum_over(std::size_t count, const Function& function, const Scalar* from, const More*... more) {
  Vector sum(0);
  for_each_register<Vector::count>(
      count, [&](std::size_t i) { sum += function(Vector::load(from + i), Vector::load(more + i)...); },
      [&](std::size_t i, std::size_t left) {
        std::array<Scalar, Vector::count> numbers;
        function(load_tail<Vector>(from + i, left), load_tail<Vector>(more + i, left)...).store(numbers.data());
        std::fill(numbers.begin() + static_cast<std::ptrdiff_t>(left), numbers.end(), Scalar{0});
        sum += Vector::load(numbers.data());
      });
  return fold_lanes(sum, [](Scalar a, Scalar b) { return a + b; });
}

/// to[i] (+)= f(a[i], b[i], ...), a register at a time; `to` may be one of the inputs.
template <class Function, class Scalar, class Vector = Lanes<Scalar>, class... More>
void transform_row(std::size_t count, const Function& function, const GradientSink<std::type_identity_t<Scalar>>& to,
                   const Scalar* from, const More*... more) {
  for_each_register<Vector::count>(
      count,
      [&](std::size_t i) {
        const Vector result = function(Vector::load(from + i), Vector::load(more + i)...);
        (to.unwritten ? result : Vector::load(to.data + i) + result).store(to.data + i);
      },
      [&](std::size_t i, std::size_t left) {
        const Vector result = function(load_tail<Vector>(from + i, left), load_tail<Vector>(more + i, left)...);
        store_tail(to.unwritten ? result : load_tail<Vector>(to.data + i, left) + result, to.data + i, left);
      });
}

/// The sum of any number of numbers: in registers within a block, in double over blocks, so that ten million floats
/// still add up to seven digits. A lane adds 64 numbers of a block on every instruction set.
template <class Scalar, class Vector = Lanes<Scalar>>
Accumulator<Scalar> sum_of(std::size_t count, const Scalar* from) {
  constexpr std::size_t block = 64 * Vector::count;
  Accumulator<Scalar> sum = 0;
  for (std::size_t first = 0; first < count; first += block)
    sum += static_cast<Accumulator<Scalar>>(sum_over(std::min(block, count - first), itself, from + first));
  return sum;
}

/// Whether no number is infinite or NaN.
template <class Scalar>
bool all_finite(std::size_t count, const Scalar* numbers) {
  return sum_over(
             count, [](auto a) { return a - a; }, numbers)
         == 0;
}

/// The sum of `count` numbers that lie `stride` apart, divided by `divisor`, for a sum that has overflowed. It adds in
/// double and in a small unit, in which a sum of doubles does not overflow either.
template <class Scalar>
[[gnu::cold]] Scalar quotient_of_large_sum(std::size_t count, const Scalar* from, std::size_t stride, double divisor) {
  constexpr double unit = 0x1p-64;  // memory holds fewer than 2^64 numbers
  Accumulator<Scalar> sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += static_cast<Accumulator<Scalar>>(from[i * stride]) * unit;
  return static_cast<Scalar>(sum / divisor / unit);
}

/// sums[column] += Σ over rows of from[row, column], in double.
template <class Scalar>
void add_columns(std::size_t rows, std::size_t columns, const Scalar* from, Accumulator<Scalar>* sums) {
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      sums[column] += static_cast<Accumulator<Scalar>>(from[row * columns + column]);
}

/// Adds Σ over rows of from[row, column] to the gradient of an operand with one number a column.
template <class Scalar>
void add_column_sums(Tape<Scalar>& tape, std::size_t rows, std::size_t columns, const Scalar* from,
                     Variable<Scalar> operand) {
  const auto sums = tape.template scratch<Accumulator<Scalar>>(columns);
  std::fill(sums.begin(), sums.end(), Accumulator<Scalar>{0});
  add_columns(rows, columns, from, sums.data());
  Scalar* const gradient = operand.mutable_gradient();
  for (std::size_t i = 0; i < columns; ++i) gradient[i] += static_cast<Scalar>(sums[i]);
}

}  // namespace unroll::inline v0::detail
