#include "sentiment/bag_of_words.hpp"

#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/bias.hpp>
#include <unroll/ops/over_time.hpp>

namespace sentiment {

using namespace unroll;

BagOfWords::BagOfWords(std::size_t words, std::size_t labels)
    : weights({.tokens = words, .width = labels}, Random(0)), bias(Tensor<>({labels})) {
  weights.weight = Parameter<>(Tensor<>({words, labels}));  // zeros
}

Variable<> BagOfWords::operator()(Tape<>& tape, const PaddedSequences<int>& words, const Noise&) const {
  return add_bias(mean_over_time(weights(tape, words.data, words.lengths), words.lengths) * 10.F, bias);
}

void train_bag(BagOfWords& bag, const NumberedTexts& texts) {
  Trainer trainer(bag, {.optimizer = AdamW<>({.learning_rate = 0.002}), .budget = {.epochs = 10}});
  auto batches = batches_of(texts, 32);
  trainer.fit(batches, loss_of(bag));
}

}  // namespace sentiment
