#pragma once

#include <unroll/models/sequences/ragged_rows.hpp>

#include <cstddef>
#include <span>

namespace unroll::inline v0 {

/// Where rows of a batch begin anew within a run, as a layer gets it from `run` (RunOptions::starts). A layer of your
/// own takes it as the last argument of its `run(batch, state, begin, starts)`:
///
///     for (const int row : starts.at(t)) past[static_cast<std::size_t>(row)] = 0;  // step t begins without a past
///
/// Backward in time, a row that begins anew at step t does so between the steps t and t - 1. A Starts is valid until
/// the tape is cleared.
struct Starts {
  /// [T + 1]: at step t, rows[first[t]] .. rows[first[t + 1] - 1] begin anew. Empty when `run` was given no starts.
  std::span<const std::size_t> first;
  std::span<const int> rows;  ///< rows of the batch's state: sequences, or ranks when the batch is ragged

  /// Whether `run` was given starts.
  bool given() const { return !first.empty(); }
  /// The rows of the state that begin anew at step t; none when no starts were given. Otherwise throws ArgumentError
  /// unless t < T.
  std::span<const int> at(std::size_t t) const {
    if (!given()) return {};
    detail::expect_index("Starts", "step", t, first.size() - 1);
    return rows.subspan(first[t], first[t + 1] - first[t]);
  }
};

namespace detail {

/// The starts of a piece of whole sequences, the `steps` steps from `begin` on.
inline Starts piece_of(const Starts& starts, std::size_t begin, std::size_t steps) {
  return starts.given() ? Starts{starts.first.subspan(begin, steps + 1), starts.rows} : starts;
}

/// Throws ShapeError unless there is a mark for each step of each sequence of the inputs [T, N, D].
void expect_starts(const Shape& inputs, const Shape& marks);

/// The starts of a batch by their marks [T, N], in the tape's memory. Marks of steps that a ragged batch does not have
/// are not read. Throws ArgumentError for a mark that is neither 0 nor 1.
template <class Scalar>
Starts make_starts(Tape<Scalar>& tape, TensorView<const int> marks, const RaggedRows* ragged = nullptr);

/// Throws ArgumentError: a layer that does not take starts was given some.
[[noreturn]] void refuse_starts();

}  // namespace detail

}  // namespace unroll::inline v0
