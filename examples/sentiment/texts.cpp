#include "sentiment/texts.hpp"

#include <unroll/models/metrics/confusion_matrix.hpp>
#include <unroll/ops/largest.hpp>

#include <algorithm>
#include <iterator>

namespace sentiment {

std::vector<std::size_t> NumberedTexts::lengths() const {
  std::vector<std::size_t> lengths;
  for (const auto& text : words) lengths.push_back(text.size());
  return lengths;
}

NumberedTexts number(const support::LabeledTexts& texts, const Vocabulary& vocabulary) {
  NumberedTexts numbered{.words = {}, .labels = texts.labels};
  for (const std::string& text : texts.texts)
    numbered.words.push_back(vocabulary.words.numbers_of(support::words_of(text), vocabulary.most));
  return numbered;
}

support::LabeledTexts cut_off_end(support::LabeledTexts& texts, double fraction) {
  const auto all = static_cast<double>(texts.texts.size());
  const auto kept = static_cast<std::ptrdiff_t>(std::clamp(all - fraction * all, 1., all - 1));
  const support::LabeledTexts end{
      {std::make_move_iterator(texts.texts.begin() + kept), std::make_move_iterator(texts.texts.end())},
      {texts.labels.begin() + kept, texts.labels.end()}};
  texts.texts.resize(static_cast<std::size_t>(kept)), texts.labels.resize(static_cast<std::size_t>(kept));
  return end;
}

void gather(const NumberedTexts& texts, std::span<const std::size_t> chosen, Batch& to) {
  to.words = unroll::pad_sequences(texts.words, chosen);
  to.labels = unroll::Tensor<int>({chosen.size()});
  for (std::size_t n = 0; n < chosen.size(); ++n) to.labels[n] = texts.labels[chosen[n]];
  to.count = chosen.size();
}

task::Scores scores_of(const unroll::Tensor<float>& model, const unroll::Tensor<float>& bag,
                       const std::vector<int>& labels) {
  const std::size_t classes = model.shape()[1];
  const unroll::ConfusionMatrix read(labels, unroll::argmax(model).values(), classes);
  const unroll::ConfusionMatrix simple(labels, unroll::argmax(bag).values(), classes);
  const auto score = [](const char* name, double fraction, double baseline) {
    return task::Score{.name = name,
                       .model = 100 * fraction,
                       .baseline = 100 * baseline,
                       .better = task::Better::higher,
                       .unit = "%",
                       .digits = 1};
  };
  return {.baseline = "bag of words",
          .scores = {score("accuracy", read.accuracy(), simple.accuracy()),
                     score("macro F1", read.macro_f1(), simple.macro_f1())}};
}

unroll::PaddedSequences<int> forget_words(unroll::PaddedSequences<int> words, double probability,
                                          const unroll::Noise& noise) {
  for (std::size_t i = 0; noise && i < words.data.size(); ++i)
    if (noise->uniform(i) < probability) words.data[i] = 0;
  return words;
}

}  // namespace sentiment
