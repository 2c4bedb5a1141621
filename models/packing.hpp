#pragma once

#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/models/sizes.hpp>
#include <unroll/ops/lengths.hpp>

#include <cstddef>
#include <span>

namespace unroll::inline v0 {

/// Which way through time a cell goes. Either way step t is step t: only the order differs.
enum class Direction { forward, backward };

/// The `i`-th of so many steps that a cell takes. Throws ArgumentError when they are fewer.
constexpr std::size_t step_at(Direction direction, std::size_t i, std::size_t steps) {
  detail::expect_place("step_at", "step", i, steps);
  return direction == Direction::forward ? i : steps - 1 - i;
}

/// How sequences of different lengths lie in memory while they are unrolled: side by side, longest first, and of every
/// step only the rows of the sequences that have it. So the sequences of a step are the first ones of the step before,
/// its rows are neighbours, and nothing is computed for padding. In the memory of a tape.
struct Packing {
  std::size_t batch, steps;                 // N, and the greatest length
  std::size_t pieces;                       // how many different lengths there are
  std::span<const std::size_t> first_rows;  // [steps + 1]: step t is rows first_rows[t] .. first_rows[t + 1] - 1
  std::span<const int> order;               // [N]: which sequence is at each place
  std::span<const int> places;              // [N]: at which place each sequence is
  std::span<const int> rows;                // [P]: where each row is in [T N]
  std::span<const int> packed;              // [T N]: which row is there, or -1 beyond the end of a sequence

  /// How many sequences have a step t. Throws ArgumentError when there is none.
  std::size_t running(std::size_t t) const {
    detail::expect_place("Packing", "step", t, steps);
    return first_rows[t + 1] - first_rows[t];
  }
};

/// What a layer goes over: a batch of whole sequences, or the packed rows of some with lengths. What is done row by row
/// (a product, dropout, a sum) need not ask which.
template <class Scalar>
struct SequenceBatch {
  Variable<Scalar> data;             // [T, N, D], or packed [1, P, D]
  const Packing* packing = nullptr;  // if packed
  bool projected = false;            // the data is what the lowest cell's project gave
};
template <class Scalar>
SequenceBatch(Variable<Scalar>) -> SequenceBatch<Scalar>;
template <class Scalar>
SequenceBatch(Variable<Scalar>, const Packing*) -> SequenceBatch<Scalar>;

/// The shape [T, N, ...] of the whole sequences whose rows [T, N, ...] or [1, P, ...] are: for messages.
inline Shape whole_shape(const Shape& rows, const Packing* packing) {
  if (packing == nullptr) return rows;
  return rows.with(0, packing->packed.size() / packing->batch).with(1, packing->batch);
}

namespace detail {

/// Whether lengths say no more than the shape [T, N, ...] does. Throws what expect_lengths throws.
bool are_whole(const Shape& sequences, Lengths lengths);
/// Whether no sequence has a step.
bool are_ended(Lengths lengths);

/// The packing of sequences [T, N, ...] with lengths that have been checked. Throws ArgumentError when the steps of all
/// cannot be numbered.
template <class Scalar>
Packing pack_lengths(Tape<Scalar>& tape, const Shape& sequences, Lengths lengths);

/// Throws the error of a step that was given only so many sequences of the batch, and says so.
[[noreturn]] void refuse_packed_step(const ShapeError& error, std::size_t count, std::size_t batch);

}  // namespace detail

}  // namespace unroll::inline v0
