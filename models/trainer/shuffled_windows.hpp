#pragma once

#include <unroll/framework/tape/tape.hpp>
#include <unroll/models/layers/dropout.hpp>
#include <unroll/models/sequences/state.hpp>
#include <unroll/models/trainer/batch_source.hpp>
#include <unroll/models/trainer/carried_loss.hpp>
#include <unroll/models/trainer/stream_window.hpp>
#include <unroll/models/trainer/window_order.hpp>

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace unroll::inline v0 {

/// Sizes of ShuffledWindows.
struct WindowOptions {
  std::size_t steps;       ///< T, from 1 to one less than the text has tokens.
  std::size_t batch;       ///< N, at least 1; the last batch of an epoch has the rest.
  std::size_t stride = 0;  ///< How many tokens further the next window begins; 0: T, so that windows do not overlap.
  WindowOrder order = WindowOrder::shuffled;  ///< in_order: for judging.
  std::vector<std::size_t> starts = {};       ///< Where documents begin (StreamWindow::starts): ascending positions.
};

/// Windows of a text for one update.
struct WindowBatch {
  StreamWindow window;     ///< [T, N]; nothing goes on from one batch to the next.
  std::size_t count = 0;   ///< T N
  TokensAhead ahead = {};  ///< What has been read of a file.
};

/// A text in windows of T steps that each begin from zeros, in a new order in each epoch:
///
///     the text is "abcdefghijklm", T = 3:  a b c | d e f | g h i | j k l   or   b c d | e f g | h i j
///
/// Windows stand behind one another, so that each token is predicted about once an epoch, as in TensorFlow's tutorial
/// "Text generation with an RNN" and in "Dive into Deep Learning" (Zhang et al. 2023, "Language models"). As in the
/// latter, each epoch begins at another token, drawn from the first stride, so that the tokens that are predicted from
/// no past are others each time. Up to T + stride tokens at both ends together are left out for it. Programs that draw
/// each window by itself (nanoGPT) read some tokens several times before they read others once.
///
/// The loss is a plain one, and its state is the model's first one by itself:
///
///     const auto loss_of = [&](Tape<>& tape, const WindowBatch& batch) {
///       const auto hidden = run(model.cell, model.embedding(tape, batch.window.tokens)).outputs;
///       return cross_entropy(model.output(hidden), batch.window.targets);
///     };
///     ShuffledWindows windows(tokens, {.steps = 64, .batch = 32});
///     trainer.fit(windows, loss_of);
///     ShuffledWindows held_out(others, {.steps = 64, .batch = 32, .order = WindowOrder::in_order});
///     const double from_zeros = trainer.measure(held_out, loss_of);
///
/// Measured in order, a loss is judged on "windows from zeros": the first token of each window is predicted from one
/// token alone, the last from T. StreamWindows judge with "state carried on", which is lower for the same model;
/// figures of one kind do not compare with figures of the other.
class ShuffledWindows {
 public:
  using Batch = WindowBatch;  ///< An update's windows.

  /// Reads tokens that are in memory, or in a file (tokens_of). Throws ArgumentError for a size out of range, and
  /// unless the starts ascend and are positions in the text.
  ShuffledWindows(Tokens tokens, const WindowOptions& options);

  std::size_t windows() const { return windows_; }  ///< Windows in an epoch.
  std::size_t items() const;                        ///< Tokens that an epoch predicts.
  std::size_t batches() const;                      ///< Updates in an epoch.
  /// Shuffles, and moves the borders of windows. In order, does neither.
  void begin_epoch(const Random& random);
  /// The SHA-256 of the tokens and of the starts, and all options, which a checkpoint keeps.
  std::map<std::string, std::string> settings() const;
  /// Reads the windows of a part. Allocates only when the windows grow.
  void read(std::size_t batch, BatchPart part, WindowBatch& to) const;

 private:
  detail::DocumentText text_;
  std::size_t steps_, batch_, stride_;
  WindowOrder order_;
  std::size_t farthest_ = 0;  // the last position at which an epoch's first window may begin
  std::size_t windows_ = 0;
  std::size_t begin_ = 0;  // the position at which this epoch's first window begins
  std::vector<std::size_t> indices_;
};

/// A plain loss made of a carried one, for ShuffledWindows: each window begins from the model's first state. So one
/// loss is trained and judged in both ways.
///
///     const double carried_on = trainer.measure(streams, loss), alone = trainer.measure(held_out, from_zeros(loss));
template <class Model, class Loss>
auto from_zeros(const CarriedLoss<Model, Loss>& loss) {
  return [loss](auto& tape, const WindowBatch& batch, const Noise& noise) {
    const auto state = initial_state(loss.model, tape, batch.window.sequences());
    const auto [mean, after] = loss.loss(tape, batch.window, state, StepContext{.noise = noise, .step = 0});
    return mean;
  };
}

}  // namespace unroll::inline v0
