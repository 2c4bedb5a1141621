#pragma once

#include "support/labeled_lines.hpp"
#include "support/words.hpp"
#include "task/scores.hpp"
#include <unroll/models/layers/dropout.hpp>
#include <unroll/models/sequences/padded_sequences.hpp>
#include <unroll/models/trainer/bucketed_examples.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace sentiment {

/// What a model knows: labels and words, and how many words of a text it reads, from its beginning.
struct Vocabulary {
  std::vector<std::string> labels;
  support::WordVocabulary words;
  std::size_t most;
};

/// Texts as numbers of words.
struct NumberedTexts {
  std::vector<std::vector<int>> words;
  std::vector<int> labels;

  std::vector<std::size_t> lengths() const;
};

/// Some texts side by side.
struct Batch {
  unroll::PaddedSequences<int> words;  // [T, N]
  unroll::Tensor<int> labels;          // [N]
  std::size_t count = 0;
};

NumberedTexts number(const support::LabeledTexts& texts, const Vocabulary& vocabulary);

/// Cuts off the last texts: a fraction of them, at least one, and not all; of two texts or more.
support::LabeledTexts cut_off_end(support::LabeledTexts& texts, double fraction);

/// Puts some texts side by side.
void gather(const NumberedTexts& texts, std::span<const std::size_t> chosen, Batch& to);

/// Batches of texts of about the same length, in a new order in each epoch.
inline auto batches_of(const NumberedTexts& texts, std::size_t batch) {
  return unroll::bucketed_examples<Batch>(
      {.lengths = texts.lengths(), .batch = batch},
      [&texts](std::span<const std::size_t> chosen, Batch& to) { gather(texts, chosen, to); });
}

/// The loss of a model: words [T, N] -> logits [N, labels].
template <class Model>
auto loss_of(const Model& model) {
  return [&model](unroll::Tape<>& tape, const Batch& batch, const unroll::Noise& noise) {
    return unroll::cross_entropy(model(tape, batch.words, noise), batch.labels);
  };
}

/// Judges what two models say of texts, of which the second one is the one to beat: the probability of each label,
/// [texts, labels].
task::Scores scores_of(const unroll::Tensor<float>& model, const unroll::Tensor<float>& bag,
                       const std::vector<int>& labels);

/// The same words, of which each becomes unknown with this probability while a model learns (with noise).
unroll::PaddedSequences<int> forget_words(unroll::PaddedSequences<int> words, double probability,
                                          const unroll::Noise& noise);

}  // namespace sentiment
