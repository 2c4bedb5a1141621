#include <unroll/framework/error.hpp>
#include <unroll/models/packing.hpp>
#include <unroll/ops/indices.hpp>

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

void refuse_packed_step(const ShapeError& error, std::size_t count, std::size_t batch) {
  throw ShapeError(fmt::format(
      "{}; this step was given only {} of the {} sequences, since the others have no such step (a cell that "
      "reads something of the whole batch takes its rows: step(input, state, moment) with "
      "moment.rows_of(memory))",
      error.what(), count, batch));
}

namespace {

/// Sequences by length, longest first, and of one length in their own order: a counting sort.
struct Sorted {
  std::size_t pieces;
  std::span<const int> order, places;  // as in Packing
};

template <class Scalar>
Sorted sort_lengths(Tape<Scalar>& tape, Lengths lengths, std::size_t longest) {
  // How many sequences have each length, and then where the first of them goes.
  const auto next_place = tape.template scratch<std::size_t>(longest + 1);
  std::ranges::fill(next_place, 0);
  for (const std::size_t length : lengths) ++next_place[length];
  std::size_t place = 0, pieces = 0;
  for (std::size_t length = longest + 1; length-- > 0;) {
    pieces += next_place[length] > 0;
    place += std::exchange(next_place[length], place);
  }
  const auto order = tape.template scratch<int>(lengths.size()), places = tape.template scratch<int>(lengths.size());
  for (std::size_t n = 0; n < lengths.size(); ++n) {
    places[n] = static_cast<int>(next_place[lengths[n]]++);
    order[static_cast<std::size_t>(places[n])] = static_cast<int>(n);
  }
  return {pieces, order, places};
}

}  // namespace

template <class Scalar>
Packing pack_lengths(Tape<Scalar>& tape, const Shape& sequences, Lengths lengths) {
  expect_countable("run", sequences[0], lengths.size());
  const std::size_t batch = lengths.size(), steps = *std::ranges::max_element(lengths);
  const auto [pieces, order, places] = sort_lengths(tape, lengths, steps);
  const auto first_rows = tape.template scratch<std::size_t>(steps + 1);
  const auto packed = tape.template scratch<int>(sequences[0] * batch);
  std::ranges::fill(packed, -1);
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
      packed[row] = static_cast<int>(next++);
    }
  }
  first_rows[steps] = next;
  return {batch, steps, pieces, first_rows, order, places, rows, packed};
}

template Packing pack_lengths(Tape<float>&, const Shape&, Lengths);
template Packing pack_lengths(Tape<double>&, const Shape&, Lengths);
template Packing pack_lengths(Tape<DualNumber>&, const Shape&, Lengths);

}  // namespace unroll::inline v0::detail
