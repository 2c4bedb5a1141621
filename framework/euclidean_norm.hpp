#pragma once

#include <cmath>
#include <span>
#include <type_traits>

/// The one way to a Euclidean norm, whatever the size of the numbers: their squares overflow from 1e154 on, and vanish
/// below 1e-154.
namespace unroll::inline v0::detail {

/// A norm that may be beyond the largest double, or below the least: it is scaled / unit, with a power of 2 as unit.
struct ScaledNorm {
  double scaled, unit;

  double value() const { return scaled / unit; }
  double log() const { return std::log(scaled) - std::log(unit); }
  /// A number over the norm, which is not 0.
  double share_of(double number) const { return number * unit / scaled; }
};

/// Σ (unit x)², in double.
template <class Scalar>
double sum_of_squares(std::span<const Scalar> numbers, double unit);

/// √Σ x² of numbers of a kind, given `sum_of_squares(unit)`, which is asked for unit 1, and for another one only where
/// squares overflow or vanish. NaN or infinite when a number is.
template <class Scalar, class SumOfSquares>
ScaledNorm scaled_norm(const SumOfSquares& sum_of_squares) {
  constexpr double least = 0x1p-900;  // squares that vanish, below 0x1p-1022, are nothing beside such a sum
  const double sum = sum_of_squares(1.0);
  const bool vanishes = std::is_same_v<Scalar, double> && sum < least;  // those of floats do not
  if (!vanishes && !std::isinf(sum)) return {std::sqrt(sum), 1};
  const double unit = vanishes ? 0x1p600 : 0x1p-600;
  return {std::sqrt(sum_of_squares(unit)), unit};
}

template <class Scalar>
ScaledNorm euclidean_norm(std::span<const Scalar> numbers) {
  return scaled_norm<Scalar>([&](double unit) { return sum_of_squares(numbers, unit); });
}

}  // namespace unroll::inline v0::detail
