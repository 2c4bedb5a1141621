#pragma once

#include <unroll/models/dropout.hpp>
#include <unroll/ops/take_rows.hpp>

#include <cstddef>
#include <span>

namespace unroll::inline v0 {

namespace detail {
/// Throws ArgumentError: so many steps after this one there is none that can be counted.
[[noreturn]] void refuse_moment(std::size_t step, std::size_t steps);
/// Throws ShapeError unless a memory has a row for each of so many sequences.
void expect_memory(const Shape& memory, std::size_t batch);
}  // namespace detail

/// What a step may know beside its input and its state: where it is in time, which sequences it is given, and while
/// training where its random numbers come from. The noise is that of the whole sequence: `noise->split(step)` is new at
/// every step, the noise itself the same at all of them.
struct Moment {
  Noise noise{};
  std::size_t step = 0;
  /// In a batch of several lengths: of which sequence each row of this step is, and of how many there are, since only
  /// those that have the step are there. Otherwise none and 0: the rows are all sequences in their order.
  std::span<const int> sequences{};
  std::size_t batch = 0;

  /// So many steps later. Throws ArgumentError when that cannot be counted.
  Moment after(std::size_t steps) const {
    std::size_t later = 0;
    if (__builtin_add_overflow(step, steps, &later)) detail::refuse_moment(step, steps);
    return {noise, later};
  }

  /// Of a memory of the whole batch, [N, ...], the rows of the sequences that this step is given, in its order: what a
  /// step that attends to such a memory reads instead of it. The memory itself when they are all there in their order,
  /// and no copy when they are the first ones. Throws ShapeError unless it has a row for each sequence of the batch.
  template <class Scalar>
  Variable<Scalar> rows_of(Variable<Scalar> memory, Where where = Where::current()) const {
    if (batch == 0) return memory;
    detail::expect_memory(memory.shape(), batch);
    return take_rows(memory, {sequences.data(), {sequences.size()}}, where);
  }
};

}  // namespace unroll::inline v0
