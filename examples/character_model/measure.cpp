#include "character_model/measure.hpp"

#include "character_model/batches.hpp"
#include "character_model/model.hpp"
#include "character_model/shares.hpp"
#include <unroll/framework/error.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace character_model {

namespace {

/// Some streams of one length, which are read side by side, and the sum of the losses of their characters.
struct Share {
  Streams streams;
  Part part;
  double loss = 0;
};

/// Carries a share over the whole text.
template <class Model>
void read_to_end(const Model& model, Share& share) {
  const Streams& streams = share.streams;
  unroll::Tape<float> tape(unroll::Recording::values);
  unroll::CarriedState<float> state;
  unroll::Tensor<int> inputs, targets;
  for (std::size_t window = 0; window < streams.windows(); ++window) {
    tape.clear();
    streams.read(window, share.part.first, share.part.count, inputs, targets);
    const auto before = state.resume(model.recurrent, tape, share.part.count);
    const auto [logits, after] = model(tape, inputs, before);
    const auto loss = unroll::cross_entropy(logits, targets);
    share.loss += static_cast<double>(loss.item()) * static_cast<double>(targets.size());
    if (!std::isfinite(share.loss)) return;
    state.keep(after);
  }
}

/// The text as `count` streams that leave no character out: some are one character longer than the others. Dealt to
/// shares of at most `batch` streams, and to every thread if there are enough.
std::vector<Share> shares_of(std::span<const int> tokens, std::size_t count, std::size_t batch, std::size_t steps,
                             std::size_t threads) {
  const std::size_t targets = tokens.size() - 1, length = targets / count, longer = targets % count;
  const std::size_t at_once = std::clamp<std::size_t>((count + threads - 1) / threads, 1, batch);
  std::vector<Share> shares;
  const auto add = [&](std::size_t first, std::size_t streams_here, std::size_t characters) {
    if (streams_here == 0) return;
    const Streams streams(tokens.subspan(first, streams_here * characters + 1), streams_here, steps);
    for (const Part& part : deal(streams_here, (streams_here + at_once - 1) / at_once))
      shares.push_back({streams, part});
  };
  add(0, longer, length + 1);
  add(longer * (length + 1), count - longer, length);
  return shares;
}

}  // namespace

template <class Model>
Measurement measure(unroll::Team& team, const Model& model, std::span<const int> tokens, std::size_t batch,
                    std::size_t steps) {
  auto shares = shares_of(tokens, streams_for_measuring(tokens.size()), batch, steps, team.size());
  team.run([&](std::size_t member) {
    for (std::size_t share = member; share < shares.size(); share += team.size()) read_to_end(model, shares[share]);
  });
  double sum = 0;
  for (const Share& share : shares) sum += share.loss;
  if (!std::isfinite(sum)) throw unroll::NumericalError("the loss on the text is not finite: the model has diverged");
  const std::size_t characters = tokens.size() - 1;
  return {.loss = sum / static_cast<double>(characters), .characters = characters};
}

template Measurement measure(unroll::Team&, const Rnn&, std::span<const int>, std::size_t, std::size_t);
template Measurement measure(unroll::Team&, const Lstm&, std::span<const int>, std::size_t, std::size_t);
template Measurement measure(unroll::Team&, const Gru&, std::span<const int>, std::size_t, std::size_t);

}  // namespace character_model
