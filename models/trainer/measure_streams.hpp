#pragma once

#include <unroll/framework/processes/reducer.hpp>
#include <unroll/models/trainer/batch_source.hpp>
#include <unroll/models/trainer/carried_loss.hpp>
#include <unroll/models/trainer/measure.hpp>
#include <unroll/models/trainer/stream_windows.hpp>
#include <unroll/models/trainer/tokens.hpp>

#include <algorithm>
#include <cstddef>

namespace unroll::inline v0 {

/// How many streams measure_streams reads: at most 64, each of at least 512 tokens, since every stream begins without a
/// past; one for few tokens. It depends on nothing else, so that the loss depends on the tokens alone.
constexpr std::size_t streams_to_measure(std::size_t tokens) { return std::clamp<std::size_t>(tokens / 512, 1, 64); }

/// The mean of a carried loss over every token but the first, read as streams whose state goes on all along
/// (streams_to_measure), without learning, and without noise. At most `batch` streams run side by side, k1 steps at a
/// time: these change the loss by rounding only, and the number of threads and processes not at all. Throws
/// ArgumentError for fewer than two tokens or a batch of 0, and NumericalError when the loss is not finite.
template <class Scalar = float, class Model, class Loss>
Measured measure_streams(const Tokens& tokens, const CarriedLoss<Model, Loss>& loss, std::size_t batch, Team& team,
                         const Communicator& communicator = {}) {
  detail::expect_batches("measure_streams", 1, "stream", batch);
  if (tokens.size() < 2) static_cast<void>(StreamWindows(tokens, 1, loss.truncation));  // it says what is missing
  const std::size_t count = streams_to_measure(tokens.size());
  const std::size_t targets = tokens.size() - 1, length = targets / count, longer = targets % count;
  // As many at once for any number of threads: enough to be fast, and few enough for four threads.
  const std::size_t at_once = std::clamp<std::size_t>((count + 3) / 4, 1, batch);
  double sum = 0;
  const auto add = [&](std::size_t first, std::size_t streams, std::size_t steps) {
    if (streams == 0) return;
    StreamWindows windows(tokens.piece(first, streams * steps + 1), streams, loss.truncation);
    const Reducer<Scalar> reducer((streams + at_once - 1) / at_once, team, communicator);
    const Measured found = measure<Scalar>(windows, loss, reducer);
    sum += found.loss * static_cast<double>(found.items);
  };
  // Streams that leave no token out: some are one token longer than the others.
  add(0, longer, length + 1);
  add(longer * (length + 1), count - longer, length);
  return {.loss = sum / static_cast<double>(targets), .items = targets};
}

}  // namespace unroll::inline v0
