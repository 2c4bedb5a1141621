#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace unroll::inline v0::detail {

/// What is added to the root of a mean of squares, to which a new square adds `share` of it. Squares that vanish leave
/// that root 0, and a gradient over a smaller epsilon alone would be a step of any length: 1e10 in float, of a gradient
/// of 1e-20 and an epsilon of 1e-30. Over this, none is longer than about 1.
template <class Scalar>
Scalar root_epsilon(double epsilon, double share) {
  const double least = static_cast<double>(std::numeric_limits<Scalar>::min());
  return static_cast<Scalar>(std::max(epsilon, std::sqrt(least / share)));
}

}  // namespace unroll::inline v0::detail
