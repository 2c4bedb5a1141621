#pragma once

#include <unroll/framework/tape/variable.hpp>

#include <cstddef>
#include <span>
#include <string_view>

/// Sequences of different lengths side by side in one tensor [T, N, ...]: sequence n is its first lengths[n] steps, and
/// no op reads the padding beyond. Without lengths every sequence has T steps.
namespace unroll::inline v0 {

/// One number for each sequence, [N], each in [0, T].
using Lengths = std::span<const std::size_t>;

/// Checks the lengths of sequences [T, N, ...]: throws ShapeError naming `operation` unless there are none or N of
/// them, and ArgumentError for a length greater than T.
void expect_lengths(std::string_view operation, const Shape& sequences, Lengths lengths);

namespace detail {
/// Tells which rows of sequences [T, N, ...] belong to steps that exist; rows are counted over all axes but those that
/// the caller takes as one row. Without lengths all exist.
class ExistingRows {
 public:
  /// How many rows a step has, of all N sequences together; lengths that expect_lengths has let pass.
  ExistingRows(std::size_t rows_of_step, Lengths lengths)
      : lengths_(lengths),
        of_step_(rows_of_step),
        of_sequence_(lengths.empty() ? rows_of_step : rows_of_step / lengths.size()) {}

  bool contains(std::size_t row) const {
    return lengths_.empty() || has_step(row / of_step_, row % of_step_ / of_sequence_);
  }
  /// Whether sequence n, which has a length, has step t.
  bool has_step(std::size_t t, std::size_t n) const { return t < lengths_[n]; }

 private:
  Lengths lengths_;
  std::size_t of_step_, of_sequence_;
};

/// Throws ArgumentError unless `steps` · `batch` fits into the int that numbers the picked rows.
void expect_countable(std::string_view operation, std::size_t steps, std::size_t batch);
}  // namespace detail

/// The steps that exist, as rows: [T, N, ...] -> [P, ...], where P is the sum of the lengths. The first steps of all
/// sequences come before the second ones. An op on these rows does no work for padding. Without lengths the result
/// is a view of x. Throws what expect_lengths throws.
template <class Scalar>
Variable<Scalar> existing_steps(Variable<Scalar> x, Lengths lengths, CallSite site = CallSite::current());

/// The inverse of existing_steps, with zeros beyond the ends: [P, ...] -> [T, N, ...]. Throws ShapeError unless the
/// lengths, or T N without them, add up to P.
template <class Scalar>
Variable<Scalar> padded_steps(Variable<Scalar> existing, std::size_t steps, std::size_t batch, Lengths lengths,
                              CallSite site = CallSite::current());

}  // namespace unroll::inline v0
