#pragma once

#include <unroll/framework/tape/variable.hpp>
#include <unroll/ops/lengths.hpp>

/// Ops that make one row of each sequence, [T, N, H] -> [N, H], over the steps that exist; without lengths, over all T.
/// Padding may hold anything, and gets a gradient of 0. Each op throws what expect_lengths throws, and ShapeError for
/// shapes that do not fit.
namespace unroll::inline v0 {

/// The mean over the steps of a sequence; zeros for a sequence of no steps.
template <class Scalar>
Variable<Scalar> mean_over_time(Variable<Scalar> x, Lengths lengths = {}, CallSite site = CallSite::current());

/// The largest number over the steps of a sequence, NaN if there is one; zeros for a sequence of no steps, whose
/// outputs are zeros too. The gradient goes to the first step that has the largest number.
template <class Scalar>
Variable<Scalar> max_over_time(Variable<Scalar> x, Lengths lengths = {}, CallSite site = CallSite::current());

/// The last step of a sequence; zeros for a sequence of no steps.
template <class Scalar>
Variable<Scalar> last_over_time(Variable<Scalar> x, Lengths lengths = {}, CallSite site = CallSite::current());

/// Exponentials normalized over the steps of a sequence: scores [T, N] -> weights [T, N], which are 0 beyond its end.
template <class Scalar>
Variable<Scalar> softmax_over_time(Variable<Scalar> scores, Lengths lengths = {}, CallSite site = CallSite::current());

/// Σ_t weights[t, n] x[t, n] over the steps of a sequence: x [T, N, H], weights [T, N] -> [N, H]. Zeros for a sequence
/// of no steps.
template <class Scalar>
Variable<Scalar> weighted_sum_over_time(Variable<Scalar> x, Variable<Scalar> weights, Lengths lengths = {},
                                        CallSite site = CallSite::current());

}  // namespace unroll::inline v0
