#pragma once

#include <unroll/framework/random.hpp>
#include <unroll/framework/variable.hpp>

namespace unroll::inline v0 {

/// Zoneout (Krueger et al. 2016, arXiv:1606.01305): each element is that of `previous` with probability `rate`, and
/// that of `next` otherwise; nothing is scaled. Element i is decided by the random bits at position i; a byte an
/// element is kept for the way back. Both of one shape, else ShapeError; throws ArgumentError unless the rate is in [0,
/// 1].
template <class Scalar>
Variable<Scalar> zoneout(Variable<Scalar> next, Variable<Scalar> previous, double rate, const Random& random);

/// What zoneout gives on average, for evaluation: rate · previous + (1 - rate) · next.
template <class Scalar>
Variable<Scalar> zoneout_mean(Variable<Scalar> next, Variable<Scalar> previous, double rate);

}  // namespace unroll::inline v0
