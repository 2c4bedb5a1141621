#pragma once

#include <unroll/framework/tape/variable.hpp>
#include <unroll/framework/tensor/random.hpp>

namespace unroll::inline v0 {

/// Zoneout (Krueger et al. 2016, arXiv:1606.01305): each element is that of `previous` with probability `rate`, and
/// that of `next` otherwise; nothing is scaled. The random bits at position i decide element i; the tape keeps a byte
/// for each element until backward. Throws ShapeError unless both have one shape, and ArgumentError unless the rate is
/// in [0, 1].
template <class Scalar>
Variable<Scalar> zoneout(Variable<Scalar> next, Variable<Scalar> previous, double rate, const Random& random,
                         CallSite site = CallSite::current());

/// The average of zoneout, for evaluation: rate · previous + (1 - rate) · next. Throws as zoneout does.
template <class Scalar>
Variable<Scalar> zoneout_mean(Variable<Scalar> next, Variable<Scalar> previous, double rate,
                              CallSite site = CallSite::current());

}  // namespace unroll::inline v0
