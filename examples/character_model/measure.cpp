#include "character_model/measure.hpp"

#include "character_model/model.hpp"
#include "character_model/split.hpp"
#include <unroll/models/trainer/measure.hpp>

#include <algorithm>

namespace character_model {

template <class Model>
Measurement measure(unroll::Team& team, const Model& model, const unroll::Tokens& tokens, std::size_t batch,
                    std::size_t steps) {
  const auto loss = loss_of(model, {steps, steps});
  const std::size_t count = streams_for_measuring(tokens.size());
  const std::size_t targets = tokens.size() - 1, length = targets / count, longer = targets % count;
  // As many at once for any number of threads: enough to be fast, and few enough for four threads.
  const std::size_t at_once = std::clamp<std::size_t>((count + 3) / 4, 1, batch);
  double sum = 0;
  const auto add = [&](std::size_t first, std::size_t streams, std::size_t characters) {
    if (streams == 0) return;
    unroll::StreamWindows windows(tokens.piece(first, streams * characters + 1), streams, loss.truncation);
    const auto found = unroll::measure(windows, loss, (streams + at_once - 1) / at_once, team);
    sum += found.loss * static_cast<double>(found.items);
  };
  // Streams that leave no character out: some are one character longer than the others.
  add(0, longer, length + 1);
  add(longer * (length + 1), count - longer, length);
  return {.loss = sum / static_cast<double>(targets), .characters = targets};
}

template Measurement measure(unroll::Team&, const Rnn&, const unroll::Tokens&, std::size_t, std::size_t);
template Measurement measure(unroll::Team&, const Lstm&, const unroll::Tokens&, std::size_t, std::size_t);
template Measurement measure(unroll::Team&, const Gru&, const unroll::Tokens&, std::size_t, std::size_t);

}  // namespace character_model
