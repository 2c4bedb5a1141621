#pragma once

#include "speech/batches.hpp"
#include "speech/options.hpp"
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/layers/standardization.hpp>
#include <unroll/models/sequences/bidirectional.hpp>
#include <unroll/models/sequences/layers.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/ctc_loss.hpp>

#include <cstddef>

namespace speech {

/// The model: what is heard, [T, N, D] -> logits of the letters and of none, [T, N, V].
struct Recognizer {
  unroll::Standardization<> inputs;  // for a stream, which is standardized by no recording
  unroll::Layers<unroll::Bidirectional<unroll::LstmCell<>>> both_ways;
  unroll::Layers<unroll::LstmCell<>> forward;  // instead, for a stream
  unroll::Linear<> output;

  Recognizer(const Settings& settings, std::size_t width, std::size_t symbols, double dropout,
             const unroll::Random& random)
      : inputs({.width = width}),
        output({.inputs = (settings.streams ? 1 : 2) * settings.hidden, .outputs = symbols}, random.split(1)) {
    const unroll::LstmOptions cell{.inputs = width, .hidden = settings.hidden, .forget_bias = 1};
    if (settings.streams)
      forward = unroll::Layers<unroll::LstmCell<>>(settings.layers, cell, random.split(0), dropout);
    else
      both_ways =
          unroll::Layers<unroll::Bidirectional<unroll::LstmCell<>>>(settings.layers, cell, random.split(0), dropout);
  }

  /// Logits [T, N, V] of steps [T, N, D].
  unroll::Variable<> operator()(unroll::Variable<> heard, unroll::Lengths lengths, const unroll::Noise& noise) const {
    if (!forward.cells.empty())
      return output(run(forward, inputs(heard), {.noise = noise, .lengths = lengths}).outputs);
    return output(run(both_ways, heard, {.noise = noise, .lengths = lengths}).outputs);
  }
  static void members(auto& self, auto&& visit) {
    visit("inputs", self.inputs), visit("both_ways", self.both_ways);
    visit("forward", self.forward), visit("output", self.output);
  }
};

/// The mean over the recordings of how unlikely their texts are; one that is too short for its text counts nothing.
inline auto loss_of(const Recognizer& model) {
  return [&model](unroll::Tape<>& tape, const SpeechBatch& batch, const unroll::Noise& noise) {
    return unroll::ctc_loss(
        model(tape.constant(batch.heard.data), batch.heard.lengths, noise), batch.said.data,
        {.zero_impossible = true, .lengths = batch.heard.lengths, .target_lengths = batch.said.lengths});
  };
}

}  // namespace speech
