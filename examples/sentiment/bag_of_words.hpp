#pragma once

#include "sentiment/texts.hpp"
#include <unroll/models/layers/embedding.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <cstddef>

namespace sentiment {

/// The model to beat, which knows nothing of the order of words: a weight for each word and label, of which ten times
/// the mean over the words of a text gives its logits. (Ten, so that weights, which begin at zero, get as far in an
/// update as those of a text of ten words.)
struct BagOfWords {
  unroll::Embedding<> weights;
  unroll::Parameter<> bias;

  BagOfWords(std::size_t words, std::size_t labels);
  /// Words [T, N] -> logits [N, labels].
  unroll::Variable<> operator()(unroll::Tape<>& tape, const unroll::PaddedSequences<int>& words,
                                const unroll::Noise& noise) const;
  static void members(auto& self, auto&& visit) { visit("weights", self.weights), visit("bias", self.bias); }
};

/// Teaches it.
void train_bag(BagOfWords& bag, const NumberedTexts& texts);

}  // namespace sentiment
