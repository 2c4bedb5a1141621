#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/ragged_rows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace unroll::inline v0::detail {

bool are_whole(const Shape& sequences, Lengths lengths) {
  expect_lengths("run", sequences, lengths);
  return std::ranges::all_of(lengths, [&](std::size_t length) { return length == sequences[0]; });
}

bool are_ended(Lengths lengths) {
  return std::ranges::all_of(lengths, [](std::size_t length) { return length == 0; });
}

void refuse_ragged_step(const ShapeError& error, std::size_t count, std::size_t batch) {
  throw ShapeError(fmt::format(
      "{}; this step was given only {} of the {} sequences, since the others have no such step (a cell that "
      "reads something of the whole batch takes its rows: step(input, state, context) with "
      "context.rows_of(memory))",
      error.what(), count, batch));
}

namespace {

/// Sequences sorted by length, longest first, and in their own order where lengths are equal: a counting sort.
struct Sorted {
  std::size_t distinct_lengths;
  std::span<const int> order, ranks;  // as in RaggedRows
};

template <class Scalar>
Sorted sort_lengths(Tape<Scalar>& tape, Lengths lengths, std::size_t longest) {
  // First how many sequences have each length, then the rank of the next sequence of that length.
  const auto next_rank = tape.template scratch<std::size_t>(longest + 1);
  std::ranges::fill(next_rank, 0);
  for (const std::size_t length : lengths) ++next_rank[length];
  std::size_t rank = 0, distinct_lengths = 0;
  for (std::size_t length = longest + 1; length-- > 0;) {
    distinct_lengths += next_rank[length] > 0;
    rank += std::exchange(next_rank[length], rank);
  }
  const auto order = tape.template scratch<int>(lengths.size()), ranks = tape.template scratch<int>(lengths.size());
  for (std::size_t n = 0; n < lengths.size(); ++n) {
    ranks[n] = static_cast<int>(next_rank[lengths[n]]++);
    order[static_cast<std::size_t>(ranks[n])] = static_cast<int>(n);
  }
  return {distinct_lengths, order, ranks};
}

}  // namespace

template <class Scalar>
RaggedRows make_ragged_rows(Tape<Scalar>& tape, const Shape& sequences, Lengths lengths) {
  expect_countable("run", sequences[0], lengths.size());
  const std::size_t batch = lengths.size(), steps = *std::ranges::max_element(lengths);
  const auto [distinct_lengths, order, ranks] = sort_lengths(tape, lengths, steps);
  const auto first_rows = tape.template scratch<std::size_t>(steps + 1);
  const auto row_of = tape.template scratch<int>(sequences[0] * batch);
  std::ranges::fill(row_of, -1);
  std::size_t count = 0;
  for (const std::size_t length : lengths) count += length;
  const auto rows = tape.template scratch<int>(count);
  std::size_t next = 0;
  for (std::size_t t = 0; t < steps; ++t) {
    first_rows[t] = next;
    for (const int n : order) {
      if (lengths[static_cast<std::size_t>(n)] <= t) break;
      const std::size_t row = t * batch + static_cast<std::size_t>(n);
      rows[next] = static_cast<int>(row);
      row_of[row] = static_cast<int>(next++);
    }
  }
  first_rows[steps] = next;
  return {batch, steps, distinct_lengths, first_rows, order, ranks, rows, row_of};
}

template RaggedRows make_ragged_rows(Tape<float>&, const Shape&, Lengths);
template RaggedRows make_ragged_rows(Tape<double>&, const Shape&, Lengths);
template RaggedRows make_ragged_rows(Tape<DualNumber>&, const Shape&, Lengths);

}  // namespace unroll::inline v0::detail
