#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace unroll::inline v0::detail {

/// The number that a rule adds to the root of a mean of squares; the mean takes `fraction` of each new square. Squares
/// that vanish leave the root 0, and a gradient divided by a small epsilon alone could be a step of any length: in
/// float, 1e10 for a gradient of 1e-20 and an epsilon of 1e-30. Divided by this, no step is longer than about 1.
template <class Scalar>
Scalar root_epsilon(double epsilon, double fraction) {
  const double least = static_cast<double>(std::numeric_limits<Scalar>::min());
  return static_cast<Scalar>(std::max(epsilon, std::sqrt(least / fraction)));
}

}  // namespace unroll::inline v0::detail
