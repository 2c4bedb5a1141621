#pragma once

#include <unroll/framework/processes/reducer.hpp>
#include <unroll/models/trainer/measure.hpp>
#include <unroll/models/trainer/shuffled_windows.hpp>
#include <unroll/models/trainer/tokens.hpp>

#include <cstddef>

namespace unroll::inline v0 {

/// The mean of a plain loss of windows (ShuffledWindows, from_zeros) over every token but the first, read in windows of
/// `steps` tokens that each begin from zeros; the last one may be shorter. At most `batch` windows run side by side,
/// which changes the loss by rounding only, and the number of threads and processes not at all. Throws ArgumentError
/// for fewer than two tokens, no steps or a batch of 0, and NumericalError when the loss is not finite.
template <class Scalar = float, detail::LossOf<Scalar, WindowBatch> Loss>
Measured measure_windows(const Tokens& tokens, const Loss& loss, std::size_t steps, std::size_t batch, Team& team,
                         const Communicator& communicator = {}) {
  detail::expect_batches("measure_windows", steps, "steps in batches", batch);
  if (tokens.size() < 2)
    static_cast<void>(ShuffledWindows(tokens, {.steps = 1, .batch = 1}));  // it says what is missing
  constexpr std::size_t parts = 4;                                         // for up to four threads
  const Reducer<Scalar> reducer(parts, team, communicator);
  const std::size_t rest = (tokens.size() - 1) % steps, whole = tokens.size() - 1 - rest;
  double sum = 0;
  const auto add = [&](std::size_t first, std::size_t count, std::size_t window) {
    if (count == 0) return;
    ShuffledWindows windows(tokens.piece(first, count + 1),
                            {.steps = window, .batch = parts * batch, .order = WindowOrder::in_order});
    const Measured found = measure<Scalar>(windows, loss, reducer);
    sum += found.loss * static_cast<double>(found.items);
  };
  add(0, whole, steps);
  add(whole, rest, rest);
  return {.loss = sum / static_cast<double>(tokens.size() - 1), .items = tokens.size() - 1};
}

}  // namespace unroll::inline v0
