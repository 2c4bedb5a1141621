#pragma once

#include <unroll/framework/variable.hpp>
#include <unroll/ops/lengths.hpp>

/// Sequences [T, N, H] made one row each, [N, H], over the steps that exist; without lengths, over all T. Steps beyond
/// the end of a sequence may hold anything, and get a gradient of 0. Throw what expect_lengths throws, and ShapeError
/// for shapes that do not fit.
namespace unroll::inline v0 {

/// The mean over the steps of a sequence; zeros for one of no steps.
template <class Scalar>
Variable<Scalar> mean_over_time(Variable<Scalar> x, Lengths lengths = {}, Where where = Where::current());

/// The largest over the steps of a sequence, NaN if there is one; zeros for one of no steps, as its outputs are. The
/// gradient goes to the first step that has the largest.
template <class Scalar>
Variable<Scalar> max_over_time(Variable<Scalar> x, Lengths lengths = {}, Where where = Where::current());

/// The last step of a sequence; zeros for one of no steps.
template <class Scalar>
Variable<Scalar> last_over_time(Variable<Scalar> x, Lengths lengths = {}, Where where = Where::current());

/// Exponentials normalised over the steps of a sequence: scores [T, N] -> weights [T, N], which are 0 beyond its end.
template <class Scalar>
Variable<Scalar> softmax_over_time(Variable<Scalar> scores, Lengths lengths = {}, Where where = Where::current());

/// Σ_t weights[t, n] x[t, n] over the steps of a sequence: x [T, N, H], weights [T, N] -> [N, H]. Zeros for one of no
/// steps.
template <class Scalar>
Variable<Scalar> weighted_sum_over_time(Variable<Scalar> x, Variable<Scalar> weights, Lengths lengths = {},
                                        Where where = Where::current());

}  // namespace unroll::inline v0
