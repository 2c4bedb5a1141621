#include "support/catch.hpp"
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/metrics/error_rate.hpp>
#include <unroll/models/sequences/bidirectional.hpp>
#include <unroll/models/sequences/padded_sequences.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/ctc_decoding.hpp>
#include <unroll/ops/ctc_loss.hpp>

#include <vector>

using namespace unroll;

struct Transcriber {  // frames [T, N, 8] -> logits [T, N, 5] of the blank, class 0, and of four letters
  Bidirectional<LstmCell<>> recurrent{{.inputs = 8, .hidden = 16}, Random(1)};
  Linear<> output{{.inputs = 32, .outputs = 5}, Random(2)};
  Variable<> operator()(Variable<> frames, Lengths lengths) const {
    return output(run(recurrent, frames, {.lengths = lengths}).outputs);
  }
  static void members(auto& self, auto&& visit) { visit("recurrent", self.recurrent), visit("output", self.output); }
};
Variable<> loss_of(const Transcriber& model, Variable<> frames, Lengths lengths, const PaddedSequences<int>& letters) {
  return ctc_loss(model(frames, lengths), letters.data, {.lengths = lengths, .target_lengths = letters.lengths});
}
auto transcribe(const Transcriber& model, Variable<> frames,
                Lengths lengths) {  // for each sequence, the best one first
  return ctc_beam_search(model(frames, lengths).value(), {.width = 8}, lengths);
}

namespace {

ErrorRate errors_of(const Transcriber& model, const PaddedSequences<>& frames,
                    const std::vector<std::vector<int>>& letters) {
  Tape<> tape(Recording::values);
  const auto found = transcribe(model, tape.constant(frames.data), frames.lengths);
  ErrorRate errors;
  for (std::size_t n = 0; n < letters.size(); ++n) errors += symbol_errors(found[n].front().symbols, letters[n]);
  return errors;
}

/// Frames in which each letter is heard for one to four steps, and something else between them.
Tensor<> spoken(const Random& random, const std::vector<int>& letters) {
  std::vector<int> heard;
  for (std::size_t s = 0; s < letters.size(); ++s) {
    heard.insert(heard.end(), 1 + random.bits(2 * s) % 4, letters[s]);
    heard.insert(heard.end(), 1 + random.bits(2 * s + 1) % 3, 0);
  }
  Tensor<> frames = normal<float>(random.split(1), {heard.size(), 8}, 0, 0.2);
  for (std::size_t t = 0; t < heard.size(); ++t) frames.at({t, static_cast<std::size_t>(heard[t])}) += 1;
  return frames;
}

}  // namespace

TEST_CASE("a transcriber learns letters of which nobody says where they are", "[readme]") {
  std::vector<std::vector<int>> letters;
  std::vector<Tensor<>> frames;
  for (std::size_t n = 0; n < 32; ++n) {
    const Random random = Random(3).split(n);
    letters.emplace_back(1 + random.bits(0) % 5);
    for (std::size_t s = 0; s < letters[n].size(); ++s) letters[n][s] = 1 + static_cast<int>(random.bits(1 + s) % 4);
    frames.push_back(spoken(random.split(1), letters[n]));
  }
  const auto padded_frames = pad_sequences(frames);
  const auto padded_letters = pad_sequences(letters);
  Transcriber model;
  const auto parameters = parameters_of(model);
  Adam<> adam({.learning_rate = 0.02});
  Tape tape;
  CHECK(errors_of(model, padded_frames, letters).rate() > 0.5);
  for (int update = 0; update < 120; ++update) {
    tape.clear();
    backward(loss_of(model, tape.constant(padded_frames.data), padded_frames.lengths, padded_letters), parameters);
    adam.update(parameters);
  }
  CHECK(errors_of(model, padded_frames, letters).rate() < 0.05);
}
