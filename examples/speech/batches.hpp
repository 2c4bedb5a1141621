#pragma once

#include "speech/alphabet.hpp"
#include "speech/hearing.hpp"
#include "speech/recordings.hpp"
#include "support/audio/augmentation.hpp"
#include <unroll/models/sequences/padded_sequences.hpp>
#include <unroll/models/trainer/bucketed_examples.hpp>

#include <cstddef>
#include <functional>
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

/// Batches of recordings of about the same length, each heard a little differently in each epoch if it is augmented.
class SpeechBatches {
 public:
  using Batch = SpeechBatch;

  /// Keeps references to the recordings and the hearing. Throws unroll::FileError for a recording whose letters are not
  /// all in the alphabet, or that has too few steps for its letters.
  SpeechBatches(const Recordings& recordings, std::vector<std::size_t> part, const Alphabet& alphabet,
                const Hearing& hearing, std::size_t batch, const audio::Augmentation& augmentation = {});

  std::map<std::string, std::string> settings() const;
  std::size_t batches() const { return indices_.batches(); }
  void begin_epoch(const unroll::Random& random);
  void read(std::size_t batch, unroll::BatchPart part, Batch& to) const;

 private:
  struct Indices {
    std::vector<std::size_t> of;
    std::size_t count = 0;
  };
  using Gather = std::function<void(std::span<const std::size_t>, Indices&)>;

  const Recordings* recordings_;
  const Hearing* hearing_;
  std::vector<std::size_t> part_;
  std::vector<std::vector<int>> said_;  // of each in the part
  audio::Augmentation augmentation_;
  unroll::BucketedExamples<Indices, Gather> indices_;
  unroll::Random epoch_{0};
};

}  // namespace speech
