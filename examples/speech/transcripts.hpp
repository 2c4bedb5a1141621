#pragma once

#include "speech/alphabet.hpp"
#include "task/scores.hpp"
#include <unroll/framework/tensor/tensor.hpp>

#include <string>
#include <vector>

namespace speech {

/// What was said, and what a model has written.
struct Transcript {
  std::string name;  // of the recording
  std::string said, written;
};

/// The word and the letter error rate, beside those of always writing the same.
task::Scores scores_of(const std::vector<Transcript>& transcripts, const std::string& most_frequent);

/// The text that occurs most often; of several the first in their order. Throws unroll::ArgumentError for none.
std::string most_frequent(const std::vector<std::string>& texts);

/// What a page shows of a recording.
struct Picture {
  Transcript transcript;
  unroll::Tensor<float> log_mel;        // [frames, filters]
  unroll::Tensor<float> probabilities;  // [steps, symbols]; a step is two frames
};

/// A page with spectrograms, low frequencies below, and under each its letters over time: how sure the model is of one
/// at each step, and which one it writes.
std::string page_of(const std::vector<Picture>& pictures, const Alphabet& alphabet, const task::Scores& scores);

}  // namespace speech
