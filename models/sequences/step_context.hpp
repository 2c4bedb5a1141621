#pragma once

#include <unroll/models/layers/dropout.hpp>
#include <unroll/ops/take_rows.hpp>

#include <cstddef>
#include <span>

namespace unroll::inline v0 {

namespace detail {
/// Throws ArgumentError: step + steps overflows.
[[noreturn]] void refuse_later_step(std::size_t step, std::size_t steps);
/// Throws ShapeError unless a memory has a row for each of `batch` sequences.
void expect_memory(const Shape& memory, std::size_t batch);
}  // namespace detail

/// What a step may know besides its input and its state: its time, the sequences that it is given, and, while training,
/// the source of random numbers. The noise is that of the whole sequence: draw from `noise->split(step)` for a new mask
/// at every step, and from the noise itself for the same mask at all of them.
struct StepContext {
  Noise noise{};         ///< present while training
  std::size_t step = 0;  ///< counted from the start of the sequence, with first_step added
  /// In a batch of several lengths, the sequence of each row of this step: only sequences that have the step take part.
  /// Otherwise empty: the rows are all sequences in their order.
  std::span<const int> sequences{};
  std::size_t batch = 0;  ///< how many sequences the batch has when `sequences` is set; otherwise 0

  /// The context `steps` steps later, for whole sequences. Throws ArgumentError when step + steps overflows.
  StepContext after(std::size_t steps) const {
    std::size_t later = 0;
    if (__builtin_add_overflow(step, steps, &later)) detail::refuse_later_step(step, steps);
    return {noise, later};
  }

  /// The rows of a memory of the whole batch, [N, ...], that belong to the sequences of this step, in its order. A step
  /// that attends to such a memory reads these. It is the memory itself when the step has all sequences in their order,
  /// and a view when they are the first ones. Throws ShapeError unless the memory has a row for each sequence of the
  /// batch.
  template <class Scalar>
  Variable<Scalar> rows_of(Variable<Scalar> memory, CallSite site = CallSite::current()) const {
    if (batch == 0) return memory;
    detail::expect_memory(memory.shape(), batch);
    return take_rows(memory, {sequences.data(), {sequences.size()}}, site);
  }
};

}  // namespace unroll::inline v0
