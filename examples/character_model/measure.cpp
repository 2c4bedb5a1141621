#include "character_model/measure.hpp"

#include "character_model/model.hpp"
#include "character_model/split.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/trainer/stream_windows.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace character_model {

namespace {

/// Streams of one length, read side by side, and the sum of the losses of their characters.
struct Shard {
  unroll::StreamWindows streams;
  unroll::BatchPart part;
  double loss = 0;
};

/// Runs the model over all characters of a shard.
template <class Model>
void read_to_end(const Model& model, Shard& shard) {
  unroll::Tape<float> tape(unroll::Recording::values);
  unroll::CarriedState<float> state;
  unroll::StreamBatch batch;
  for (std::size_t index = 0; index < shard.streams.batches(); ++index) {
    tape.clear();
    shard.streams.read(index, shard.part, batch);
    const auto& [tokens, targets] = batch.windows[0];
    const auto before = state.resume(model.recurrent, tape, tokens.shape()[1]);
    const auto [logits, after] = model(tape, tokens, before);
    const auto loss = unroll::cross_entropy(logits, targets);
    shard.loss += static_cast<double>(loss.item()) * static_cast<double>(targets.size());
    if (!std::isfinite(shard.loss)) return;
    state.keep(after);
  }
}

/// The text as `count` streams that leave no character out: some are one character longer than the others. It splits
/// them into shards of at most `batch` streams, for four threads: enough streams in a shard to be fast.
std::vector<Shard> shards_of(std::span<const int> tokens, std::size_t count, std::size_t batch, std::size_t steps) {
  const std::size_t targets = tokens.size() - 1, length = targets / count, longer = targets % count;
  const std::size_t at_once = std::clamp<std::size_t>((count + 3) / 4, 1, batch);
  std::vector<Shard> shards;
  const auto add = [&](std::size_t first, std::size_t streams_here, std::size_t characters) {
    if (streams_here == 0) return;
    const unroll::StreamWindows streams(tokens.subspan(first, streams_here * characters + 1), streams_here,
                                        {steps, steps});
    const std::size_t parts = (streams_here + at_once - 1) / at_once;
    for (std::size_t part = 0; part < parts; ++part) shards.push_back({streams, {part, parts}});
  };
  add(0, longer, length + 1);
  add(longer * (length + 1), count - longer, length);
  return shards;
}

}  // namespace

template <class Model>
Measurement measure(unroll::Team& team, const Model& model, std::span<const int> tokens, std::size_t batch,
                    std::size_t steps) {
  auto shards = shards_of(tokens, streams_for_measuring(tokens.size()), batch, steps);
  team.run([&](std::size_t member) {
    for (std::size_t shard = member; shard < shards.size(); shard += team.size()) read_to_end(model, shards[shard]);
  });
  double sum = 0;
  for (const Shard& shard : shards) sum += shard.loss;
  if (!std::isfinite(sum)) throw unroll::NumericalError("the loss on the text is not finite: the model has diverged");
  const std::size_t characters = tokens.size() - 1;
  return {.loss = sum / static_cast<double>(characters), .characters = characters};
}

template Measurement measure(unroll::Team&, const Rnn&, std::span<const int>, std::size_t, std::size_t);
template Measurement measure(unroll::Team&, const Lstm&, std::span<const int>, std::size_t, std::size_t);
template Measurement measure(unroll::Team&, const Gru&, std::span<const int>, std::size_t, std::size_t);

}  // namespace character_model
