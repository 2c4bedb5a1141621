#pragma once

#include <unroll/framework/variable.hpp>

#include <cstddef>
#include <span>
#include <string_view>

/// Sequences of different lengths side by side in one tensor [T, N, ...]: sequence n is its first lengths[n] steps, and
/// what lies beyond is not looked at. No lengths at all mean that every sequence has T steps.
namespace unroll::inline v0 {

/// One number for each sequence, [N], each in [0, T].
using Lengths = std::span<const std::size_t>;

/// Throws ShapeError naming `operation` unless there are no lengths, or one for each sequence of a [T, N, ...], and
/// ArgumentError for a length greater than T.
void expect_lengths(std::string_view operation, const Shape& sequences, Lengths lengths);

/// The steps that exist as rows, the first steps of all sequences before their second ones: [T, N, ...] -> [P, ...],
/// where P is the sum of the lengths. What is computed on them costs nothing for padding. Without lengths the memory
/// is that of x. Throws what expect_lengths throws.
template <class Scalar>
Variable<Scalar> existing_steps(Variable<Scalar> x, Lengths lengths, Where where = Where::current());

/// The way back, with zeros beyond the ends: [P, ...] -> [T, N, ...]. Throws ShapeError unless the lengths, or T N
/// without them, add up to P.
template <class Scalar>
Variable<Scalar> padded_steps(Variable<Scalar> existing, std::size_t steps, std::size_t batch, Lengths lengths,
                              Where where = Where::current());

}  // namespace unroll::inline v0
