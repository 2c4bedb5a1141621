#include "sentiment/bag_of_words.hpp"
#include "support/catch.hpp"
#include <unroll/ops/largest.hpp>

#include <array>

using namespace sentiment;

TEST_CASE("a bag of words learns which words go with which label, wherever they stand") {
  NumberedTexts texts;
  for (int i = 0; i < 400; ++i) {  // word 1 is good and word 2 bad; words 3 to 6 say nothing
    texts.words.push_back({3 + i % 3, 4 + i % 3});
    texts.words.back().insert(texts.words.back().begin() + i % 3, 1 + i % 2);
    texts.labels.push_back(i % 2);
  }
  BagOfWords bag(7, 2);
  train_bag(bag, texts);
  Batch batch;
  gather(texts, std::array<std::size_t, 4>{0, 1, 2, 3}, batch);
  unroll::Tape<> tape(unroll::Recording::values);
  const auto logits = bag(tape, batch.words, {});
  CHECK(unroll::argmax(unroll::Tensor<float>(logits.value())) == unroll::Tensor<int>({4}, {0, 1, 0, 1}));
}
