#pragma once

#include <cmath>
#include <span>
#include <type_traits>

/// Euclidean norms of numbers of any size, whose squares may overflow (from 1e154 on) or vanish (below 1e-154). All
/// norms in unroll use this.
namespace unroll::inline v0::detail {

/// A norm that may be beyond the largest double, or below the least: scaled / unit, where the unit is a power of 2.
struct ScaledNorm {
  double scaled, unit;

  double value() const { return scaled / unit; }
  double log() const { return std::log(scaled) - std::log(unit); }
  /// A number over the norm, which is not 0.
  double fraction_of(double number) const { return number * unit / scaled; }
};

/// Σ (unit x)², in double.
template <class Scalar>
double sum_of_squares(std::span<const Scalar> numbers, double unit);

/// √Σ x² of Scalars, given a function sum_of_squares(unit) = Σ (unit x)². It calls the function for unit 1, and for
/// another unit only when squares overflow or vanish. NaN or infinite when a number is.
template <class Scalar, class SumOfSquares>
ScaledNorm scaled_norm(const SumOfSquares& sum_of_squares) {
  constexpr double least = 0x1p-900;  // beside such a sum, squares that vanish (below 0x1p-1022) make no difference
  const double sum = sum_of_squares(1.0);
  const bool vanishes = std::is_same_v<Scalar, double> && sum < least;  // squares of floats do not vanish in double
  if (!vanishes && !std::isinf(sum)) return {std::sqrt(sum), 1};
  const double unit = vanishes ? 0x1p600 : 0x1p-600;
  return {std::sqrt(sum_of_squares(unit)), unit};
}

template <class Scalar>
ScaledNorm euclidean_norm(std::span<const Scalar> numbers) {
  return scaled_norm<Scalar>([&](double unit) { return sum_of_squares(numbers, unit); });
}

}  // namespace unroll::inline v0::detail
