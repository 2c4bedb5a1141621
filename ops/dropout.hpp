#pragma once

#include <unroll/framework/tape/variable.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <cstddef>
#include <span>

namespace unroll::inline v0 {

/// Inverted dropout (Srivastava et al. 2014) of x of any shape: each element becomes 0 with probability `rate`, and the
/// others are divided by 1 - rate, so that the expectation stays. The random bits at position `first` + i decide
/// element i. The rule draws them again, so the tape keeps no mask, and the same `random` drops the same elements:
/// split it for others, `random.split(step)`. A piece of a tensor loses what it loses in the whole when `first` is the
/// index of its first element there. At evaluation, leave the call out.
/// Throws ArgumentError unless rate is in [0, 1): at 1 nothing would be left to scale.
template <class Scalar>
Variable<Scalar> dropout(Variable<Scalar> x, double rate, const Random& random, std::size_t first = 0,
                         CallSite site = CallSite::current());

/// Dropout of rows [P, D] that were picked from a whole tensor, row i from row indices[i]: each row loses what it loses
/// when the whole is dropped. Throws ArgumentError for a rate outside [0, 1) and an index below 0, ShapeError unless
/// there is an index for each row.
template <class Scalar>
Variable<Scalar> dropout_rows(Variable<Scalar> x, double rate, const Random& random, std::size_t first,
                              std::span<const int> indices, CallSite site = CallSite::current());

/// Dropout with one mask for a whole sequence (Gal and Ghahramani 2016, arXiv:1512.05287): x [T, ...] loses the same
/// elements at every step, those that dropout(at_step(x, t), rate, random) would drop.
/// Throws ArgumentError for a rate outside [0, 1), and ShapeError unless x has a step axis and another.
template <class Scalar>
Variable<Scalar> sequence_dropout(Variable<Scalar> x, double rate, const Random& random,
                                  CallSite site = CallSite::current());

}  // namespace unroll::inline v0
