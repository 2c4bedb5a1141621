#pragma once

#include <unroll/framework/random.hpp>
#include <unroll/framework/variable.hpp>

#include <cstddef>
#include <span>

namespace unroll::inline v0 {

/// Inverted dropout (Srivastava et al. 2014): each element is 0 with probability `rate`, and the others are divided by
/// 1 - rate, so that their expectation stays. Element i is decided by the random bits at position `first` + i, which
/// are drawn again on the way back: no mask is kept, and the same `random` drops the same elements. For other ones each
/// time, split it: `random.split(step)`. A part of a tensor is dropped as in the whole when `first` is where it begins
/// there. When not training, leave the call out.
/// Throws ArgumentError unless rate is in [0, 1): at 1 nothing would be left to scale.
template <class Scalar>
Variable<Scalar> dropout(Variable<Scalar> x, double rate, const Random& random, std::size_t first = 0,
                         Where where = Where::current());

/// Dropout of rows [P, D] that have been picked from a whole tensor, row i of them at places[i] there: as in the whole.
/// Throws ArgumentError for a rate outside [0, 1) and a place below 0, ShapeError unless there is a place for each row.
template <class Scalar>
Variable<Scalar> dropout_rows(Variable<Scalar> x, double rate, const Random& random, std::size_t first,
                              std::span<const int> places, Where where = Where::current());

/// Dropout with one mask for a whole sequence (Gal and Ghahramani 2016, arXiv:1512.05287): x [T, ...] loses the same
/// elements at every step, those that dropout(at_step(x, t), rate, random) would drop.
/// Throws ArgumentError for a rate outside [0, 1), and ShapeError unless x has a step axis and another.
template <class Scalar>
Variable<Scalar> sequence_dropout(Variable<Scalar> x, double rate, const Random& random,
                                  Where where = Where::current());

}  // namespace unroll::inline v0
