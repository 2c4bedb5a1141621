#pragma once

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/lengths.hpp>

#include <cstddef>
#include <span>

namespace unroll::inline v0 {

/// Which way through time a cell goes. Step t has the same number in both directions: only the order differs.
enum class Direction {
  forward,  ///< from step 0 on
  backward  ///< from the last step of each sequence on
};

/// The step that a cell takes as its i-th, counted from 0, of `steps`. Throws ArgumentError unless i < steps.
constexpr std::size_t step_at(Direction direction, std::size_t i, std::size_t steps) {
  detail::expect_index("step_at", "step", i, steps);
  return direction == Direction::forward ? i : steps - 1 - i;
}

/// How sequences of different lengths lie in memory while a layer runs over them. `run` sorts them, longest first, and
/// copies only the steps that exist, step after step. Sequences A, B, C of lengths 2, 4, 1 become the ranks B, A, C:
///
///     step       0        1     2    3
///     rows    B0 A0 C0  B1 A1   B2   B3         P = 7 rows in place of T N = 12
///
/// The rows of a step are neighbors, and its sequences are the first ranks of the step before: a step reads a slice of
/// the rows without a copy, and the cell computes nothing for padding. Forward in time, the state shrinks: when
/// sequences end, the last ranks of the state are their last states, and the next step goes on with the first ranks.
/// Backward in time, the state grows: at its own last step each sequence joins with its row of the first state
/// (ragged_steps.hpp). At the end `run` puts outputs and states back into the caller's order. All arrays are in the
/// memory of a tape.
struct RaggedRows {
  std::size_t batch /**< N */, steps /**< the greatest length */;
  std::size_t distinct_lengths;             ///< how many different lengths there are
  std::span<const std::size_t> first_rows;  ///< [steps + 1]: step t is rows first_rows[t] .. first_rows[t + 1] - 1
  std::span<const int> order;               ///< [N]: the sequence of each rank
  std::span<const int> ranks;               ///< [N]: the rank of each sequence
  std::span<const int> rows;                ///< [P]: the index of each row in [T N]
  std::span<const int> row_of;              ///< [T N]: the row of each step, or -1 beyond the end of its sequence

  /// How many sequences have a step t. Throws ArgumentError unless t < steps.
  std::size_t running(std::size_t t) const {
    detail::expect_index("RaggedRows", "step", t, steps);
    return first_rows[t + 1] - first_rows[t];
  }
};

/// The input of a layer: a batch of whole sequences, or the ragged rows of sequences of several lengths. An op that
/// works row by row (a product, a sum) serves both.
template <class Scalar>
struct SequenceBatch {
  Variable<Scalar> data;               ///< [T, N, D] of whole sequences, or [1, P, D] of ragged rows
  const RaggedRows* ragged = nullptr;  ///< the layout of ragged rows; null for whole sequences
  bool projected = false;              ///< whether the lowest cell has projected the data already (run_layer.hpp)
};
/// Whole sequences.
template <class Scalar>
SequenceBatch(Variable<Scalar>) -> SequenceBatch<Scalar>;
/// Ragged rows.
template <class Scalar>
SequenceBatch(Variable<Scalar>, const RaggedRows*) -> SequenceBatch<Scalar>;

/// The shape [T, N, ...] of the whole sequences, given the shape [T, N, ...] or [1, P, ...] of a SequenceBatch; errors
/// show it.
inline Shape whole_shape(const Shape& rows, const RaggedRows* ragged) {
  if (ragged == nullptr) return rows;
  return rows.with(0, ragged->row_of.size() / ragged->batch).with(1, ragged->batch);
}

namespace detail {

/// Whether all lengths are T, or none are given. Throws what expect_lengths throws.
bool are_whole(const Shape& sequences, Lengths lengths);
/// Whether all lengths are 0.
bool are_ended(Lengths lengths);

/// The layout for sequences [T, N, ...], whose lengths the caller has checked. Throws ArgumentError when T N is more
/// than an int counts.
template <class Scalar>
RaggedRows make_ragged_rows(Tape<Scalar>& tape, const Shape& sequences, Lengths lengths);

/// Throws the error of a step again, with the hint that the step was given only `count` sequences of the batch.
[[noreturn]] void refuse_ragged_step(const ShapeError& error, std::size_t count, std::size_t batch);

}  // namespace detail

}  // namespace unroll::inline v0
