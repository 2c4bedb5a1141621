#include "sentiment/options.hpp"
#include "sentiment/texts.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>

#include <array>

using namespace sentiment;

namespace {

const support::LabeledTexts texts{{"a b c", "b", "c c"}, {1, 0, 1}};
const Vocabulary vocabulary{{"bad", "good"}, support::WordVocabulary("a b c"), 2};

}  // namespace

TEST_CASE("texts become the numbers of their first words, side by side") {
  const NumberedTexts numbered = number(texts, vocabulary);
  CHECK(numbered.words == std::vector<std::vector<int>>{{1, 2}, {2}, {3, 3}});
  CHECK(numbered.lengths() == std::vector<std::size_t>{2, 1, 2});
  Batch batch;
  gather(numbered, std::array<std::size_t, 2>{1, 2}, batch);
  CHECK(batch.count == 2);
  CHECK(batch.labels == unroll::Tensor<int>({2}, {0, 1}));
  CHECK(batch.words.lengths == std::vector<std::size_t>{1, 2});
  CHECK(batch.words.data == unroll::Tensor<int>({2, 2}, {2, 3, 0, 3}));
}

TEST_CASE("the end of the texts is cut off, and never nothing nor all") {
  const auto cut = [](double fraction) {
    support::LabeledTexts rest = texts;
    const auto end = cut_off_end(rest, fraction);
    CHECK(rest.texts.size() == rest.labels.size());
    CHECK(rest.texts.size() + end.texts.size() == 3);
    CHECK(end.texts.back() == "c c");
    CHECK(end.labels.back() == 1);
    return end.texts.size();
  };
  CHECK(cut(0.01) == 1);
  CHECK(cut(0.4) == 2);
  CHECK(cut(0.9) == 2);
}

TEST_CASE("words are forgotten with noise only, about as often as asked, and the same ones again") {
  unroll::PaddedSequences<int> words{unroll::Tensor<int>({100, 100}, 7), std::vector<std::size_t>(100, 100)};
  CHECK(forget_words(words, 0.25, {}).data == words.data);
  const auto seen = forget_words(words, 0.25, unroll::Random(1));
  CHECK(std::count(seen.data.begin(), seen.data.end(), 0) == Approx(2500).epsilon(0.1));
  CHECK(forget_words(words, 0.25, unroll::Random(1)).data == seen.data);
  CHECK(forget_words(words, 0.25, unroll::Random(2)).data != seen.data);
}

TEST_CASE("scores of texts count those that got their likeliest label") {
  const unroll::Tensor<float> model({4, 2}, {0.1F, 0.9F, 0.6F, 0.4F, 0.3F, 0.7F, 0.5F, 0.5F});
  const unroll::Tensor<float> bag({4, 2}, {0.9F, 0.1F, 0.6F, 0.4F, 0.7F, 0.3F, 0.6F, 0.4F});
  const auto scores = scores_of(model, bag, {1, 0, 0, 0});
  CHECK(scores.scores.front().model == 75);
  CHECK(scores.scores.front().baseline == 75);
  CHECK(scores_of(model, bag, {1, 0, 1, 1}).scores.front().baseline == 25);
}

TEST_CASE("what a model knows is kept with it") {
  const Sizes sizes{.embedding = 5, .hidden = 7, .dropout = 0.25, .word_dropout = 0.125};
  auto metadata = to_metadata(vocabulary, sizes);
  const Vocabulary back = vocabulary_in(metadata);
  CHECK(back.labels == vocabulary.labels);
  CHECK(back.words.joined() == "a b c");
  CHECK(back.most == 2);
  CHECK(sizes_in(metadata).embedding == 5);
  CHECK(sizes_in(metadata).hidden == 7);
  CHECK(sizes_in(metadata).dropout == 0.25);
  CHECK(sizes_in(metadata).word_dropout == 0.125);
  metadata.erase("words");
  CHECK_THROWS_AS(vocabulary_in(metadata), unroll::FileError);
}
