#pragma once

#include <unroll/models/sequences/step_context.hpp>
#include <unroll/models/training/truncated.hpp>

#include <utility>

namespace unroll::inline v0 {

/// A loss whose state goes on from window to window: truncated backpropagation through time, for a Trainer. For each
/// window it calls
///
///     loss(tape, window, state, begin) -> {mean loss of the window, state after it}
///
/// with the state before the window, and in `begin` the noise and the step of the update at which the window begins.
///
///     const auto loss = carried(model.cell, {.k1 = 64, .k2 = 64},
///                               [&](Tape<>& tape, const StreamWindow& window, const auto& state, const auto& begin) {
///       const auto [outputs, next] = run(model.cell, model.embedding(tape, window.tokens), {.state = state});
///       return std::pair{cross_entropy(model.output(outputs), window.targets), next};
///     });
///     StreamWindows windows(tokens, 32, loss.truncation);
///     trainer.fit(windows, loss);
///
/// A source of one's own for it has batches with `windows`, each with steps(), sequences() and items(), of
/// truncation.chunk() steps but for the last of a sequence, k1 steps in all; and with `last`, whether the sequences end
/// there (as StreamBatch and StreamWindow).
template <class Model, class Loss>
struct CarriedLoss {
  const Model& model;     ///< What makes the first state: a cell, Layers, or another recurrent model; it must live on.
  Truncation truncation;  ///< An update every k1 steps, back over k2.
  Loss loss;              ///< As above.
};

/// As above. Throws ArgumentError for a k of 0.
template <Recurrent Model, class Loss>
CarriedLoss<Model, Loss> carried(const Model& model, const Truncation& truncation, Loss loss) {
  static_cast<void>(truncation.chunk());
  return {model, truncation, std::move(loss)};
}
/// Deleted: the model must outlive the loss.
template <Recurrent Model, class Loss>
CarriedLoss<Model, Loss> carried(const Model&& model, const Truncation& truncation, Loss loss) = delete;

}  // namespace unroll::inline v0
