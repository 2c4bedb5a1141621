// Learns what a text is from texts whose label is known: whether a review praises, whether a mail is spam.
//
// Data: reviews of food (Debian's r-cran-modeldata) and mails (SpamAssassin's corpus), which examples/run installs; or
// any file with a label, a tab and a text in each line.
// Model: embeddings of words, learned here; a GRU in each direction; attention, which says how much each word counts;
// and beside it a bag of words, whose weights are added to the logits.
// Start it with: examples/run sentiment [reviews | spam]. What to expect stands in `about` (options.cpp).
#include "sentiment/bag_of_words.hpp"
#include "sentiment/options.hpp"
#include "sentiment/text_page.hpp"
#include "sentiment/texts.hpp"
#include "support/wanted_file.hpp"
#include "task/training.hpp"
#include <unroll/framework/files/sha256.hpp>
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/layers/embedding.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/attention_pooling.hpp>
#include <unroll/models/sequences/bidirectional.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/softmax.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sentiment {
namespace {

using namespace unroll;

struct Reader {
  Embedding<> embedding;
  Bidirectional<GruCell<>> recurrent;
  AttentionPooling<> attention;
  Linear<> output;
  BagOfWords bag;
  Dropout dropout;
  double word_dropout;

  Reader(std::size_t words, std::size_t labels, const Sizes& sizes, const Random& random)
      : embedding({.tokens = words, .width = sizes.embedding}, random.split(0)),
        recurrent({.inputs = sizes.embedding, .hidden = sizes.hidden}, random.split(1)),
        attention({.inputs = 2 * sizes.hidden, .hidden = sizes.hidden}, random.split(2)),
        output({.inputs = 2 * sizes.hidden, .outputs = labels}, random.split(3)),
        bag(words, labels),
        dropout{sizes.dropout},
        word_dropout(sizes.word_dropout) {
    for (float& number : *embedding.weight.mutable_value().operator->()) number *= 0.1F;
  }

  /// Words [T, N] -> what is read at each of them, [T, N, 2 H].
  Sequence<> read(Tape<>& tape, const PaddedSequences<int>& words, const Noise& noise) const {
    const auto x = dropout(embedding(tape, words.data, words.lengths), split(noise, 0));
    return {run(recurrent, x, {.lengths = words.lengths}).outputs, words.lengths};
  }
  /// Words [T, N] -> logits [N, labels].
  Variable<> operator()(Tape<>& tape, const PaddedSequences<int>& words, const Noise& noise) const {
    const auto seen = forget_words(words, word_dropout, split(noise, 2));
    return output(dropout(attention(read(tape, seen, noise)), split(noise, 1))) + bag(tape, seen, noise);
  }
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding), visit("recurrent", self.recurrent);
    visit("attention", self.attention), visit("output", self.output), visit("bag", self.bag);
  }
};

/// The probability of each label for each text, [texts, labels].
template <class Model>
Tensor<> classify(const Model& model, const NumberedTexts& texts, std::size_t labels) {
  Tensor<> all({texts.words.size(), labels});
  Tape<> tape(Recording::values);
  Batch one;
  for (std::size_t n = 0; n < texts.words.size(); ++n, tape.clear()) {
    gather(texts, std::array{n}, one);
    const auto probabilities = softmax(model(tape, one.words, {}));
    std::copy(probabilities.value().begin(), probabilities.value().end(),
              all.begin() + static_cast<std::ptrdiff_t>(n * labels));
  }
  return all;
}

/// How much each word of a text counts, [T].
Tensor<> weights_of(const Reader& model, const NumberedTexts& texts, std::size_t n) {
  Batch one;
  gather(texts, std::array{n}, one);
  Tape<> tape(Recording::values);
  return Tensor<>(model.attention.weights(model.read(tape, one.words, {})).value());
}

/// What is kept with a model, and the bag of words that it is compared with.
struct Kept {
  Vocabulary vocabulary;
  BagOfWords bag;
  Reader reader;

  Kept(const Vocabulary& known, const Sizes& sizes, const Random& random)
      : vocabulary(known),
        bag(known.words.size(), known.labels.size()),
        reader(known.words.size(), known.labels.size(), sizes, random) {}
  static void members(auto& self, auto&& visit) { visit("bag", self.bag), visit("reader", self.reader); }
};

task::Scores judge(const Kept& model, const support::LabeledTexts& texts, const Options& options) {
  const NumberedTexts numbered = number(texts, model.vocabulary);
  const std::size_t labels = model.vocabulary.labels.size();
  const Tensor<> read = classify(model.reader, numbered, labels);
  const auto scores = scores_of(read, classify(model.bag, numbered, labels), texts.labels);
  if (!options.page.empty()) {
    const auto look = [&](std::size_t n) { return weights_of(model.reader, numbered, n); };
    support::write_if_wanted(options.page, page_of(texts, model.vocabulary, read, look, scores));
  }
  return scores;
}

int train(const Options& options) {
  expect_model_path(options.training, options.data);
  support::expect_wanted_file(options.page);
  const auto labels = support::labels_in(options.data);
  auto texts = support::read_labeled_lines(options.data, labels);
  const auto test = support::read_labeled_lines(options.test, labels);
  const auto validation = cut_off_end(texts, options.validation);
  Kept model({labels, support::WordVocabulary(texts.texts, options.least), options.most}, options.sizes,
             Random(options.training.seed));
  const NumberedTexts learned = number(texts, model.vocabulary), held_out = number(validation, model.vocabulary);

  train_bag(model.bag, learned);
  model.reader.bag = model.bag;
  auto batches = batches_of(learned, options.training.batch), held_out_batches = batches_of(held_out, 64);
  const task::Description description{.program = about.name,
                                      .items = "texts",
                                      .metadata = to_metadata(model.vocabulary, options.sizes),
                                      .settings = {{"texts", sha256_of_file(options.data)}}};
  const auto validate = [&](auto& trainer) { return trainer.measure(held_out_batches, loss_of(model.reader)); };
  const auto report = task::train(options.training, description, model, batches, loss_of(model.reader), validate);
  return task::conclude(
      options.training, report, [&] { return judge(model, test, options); }, options.expect);
}

Kept load(const Options& options) {
  const SafetensorsFile file = task::read_model(options.training.model, about.name);
  Kept model(vocabulary_in(file.metadata), sizes_in(file.metadata), Random(0));
  load_module(file, model);
  return model;
}

int evaluate(const Options& options) {
  const Kept model = load(options);
  const auto scores = judge(model, support::read_labeled_lines(options.test, model.vocabulary.labels), options);
  console::write_output(options.training.json ? to_json(scores) : to_text(scores));
  expect_reached(scores, options.expect);
  return 0;
}

/// Answers each line with its label and how sure that is.
int classify_lines(const Options& options) {
  const Kept model = load(options);
  const auto& labels = model.vocabulary.labels;
  support::for_each_line(options.texts, [&](const std::string& text) {
    const Tensor<> likely = classify(model.reader, number({{text}, {0}}, model.vocabulary), labels.size());
    const auto best = std::max_element(likely.begin(), likely.end());
    console::write_output(
        fmt::format("{}\t{:.3f}\t{}\n", labels[static_cast<std::size_t>(best - likely.begin())], *best, text));
  });
  return 0;
}

const std::vector<console::Command<Options>> commands{
    {.name = "train",
     .description = "learns from texts, and judges the model on others",
     .flags = train_flags,
     .run = train,
     .complete = expect_data_and_test,
     .is_for_every_process = true},
    {.name = "evaluate",
     .description = "judges a model on texts",
     .flags = evaluate_flags,
     .run = evaluate,
     .complete = expect_test},
    {.name = "classify",
     .description = "answers each line with its label, how sure that is, and the line",
     .flags = classify_flags,
     .run = classify_lines}};

}  // namespace
}  // namespace sentiment

int main(int count, char** words) { return console::run_commands(count, words, sentiment::about, sentiment::commands); }
