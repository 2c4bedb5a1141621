#pragma once

#include "speech/alphabet.hpp"
#include "speech/hearing.hpp"
#include "speech/recordings.hpp"
#include "support/audio/augmentation.hpp"
#include <unroll/models/sequences/padded_sequences.hpp>
#include <unroll/models/trainer/bucketed_examples.hpp>

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace speech {

/// Recordings side by side, and the symbols that are said in each.
struct SpeechBatch {
  unroll::PaddedSequences<float> heard;  // [T, N, D]
  unroll::PaddedSequences<int> said;     // [S, N]
  std::size_t count = 0;
};

/// Puts some recordings of a part into a batch, each augmented as its stream of random numbers says.
struct SpeechGather {
  const Recordings* recordings;
  const Hearing* hearing;
  std::vector<std::size_t> part;
  std::vector<std::vector<int>> said;  // of each in the part
  audio::Augmentation augmentation;

  void operator()(std::span<const std::size_t> indices, SpeechBatch& to, const unroll::Random& random) const;
};

/// Batches of recordings of about the same length, each heard a little differently in each epoch if it is augmented.
using SpeechBatches = unroll::BucketedExamples<SpeechBatch, SpeechGather>;
/// Keeps references to the recordings and the hearing. Throws unroll::FileError for a recording whose letters are not
/// all in the alphabet, or that has too few steps for its letters.
SpeechBatches speech_batches(const Recordings& recordings, const std::vector<std::size_t>& part,
                             const Alphabet& alphabet, const Hearing& hearing, std::size_t batch,
                             const audio::Augmentation& augmentation = {});

/// What a checkpoint keeps of the recordings and their augmentation.
std::map<std::string, std::string> settings_of(const Recordings& recordings, const audio::Augmentation& augmentation);

}  // namespace speech
