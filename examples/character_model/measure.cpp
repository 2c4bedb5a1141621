#include "character_model/measure.hpp"

#include "character_model/batches.hpp"
#include "character_model/model.hpp"
#include "character_model/shares.hpp"
#include <unroll/framework/error.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <cmath>
#include <vector>

namespace character_model {

namespace {

/// One thread's streams, and the sum of the losses of their characters.
struct Share {
  Part part;
  double loss = 0;
};

/// Carries a share over the whole text.
template <class Model>
void read_to_end(const Model& model, const Streams& streams, Share& share) {
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
    state.keep(after);
  }
}

}  // namespace

template <class Model>
Measurement measure(unroll::Team& team, const Model& model, std::span<const int> tokens, std::size_t batch,
                    std::size_t steps) {
  const Streams streams(tokens, streams_for_measuring(tokens.size(), batch), steps);
  std::vector<Share> shares;
  for (const Part& part : deal(streams.count(), team.size())) shares.push_back({part});
  team.run([&](std::size_t member) {
    if (member < shares.size()) read_to_end(model, streams, shares[member]);
  });
  double sum = 0;
  for (const Share& share : shares) sum += share.loss;
  if (!std::isfinite(sum)) throw unroll::NumericalError("the loss on the text is not finite: the model has diverged");
  return {.loss = sum / static_cast<double>(streams.characters()), .characters = streams.characters()};
}

template Measurement measure(unroll::Team&, const Rnn&, std::span<const int>, std::size_t, std::size_t);
template Measurement measure(unroll::Team&, const Lstm&, std::span<const int>, std::size_t, std::size_t);
template Measurement measure(unroll::Team&, const Gru&, std::span<const int>, std::size_t, std::size_t);

}  // namespace character_model
