#include "sentiment/options.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/metadata.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sentiment {

const console::About about{
    .name = "sentiment",
    .version = EXAMPLES_VERSION,
    .text = R"(sentiment: learns what a text is: praise or not, spam or not

A GRU reads the words in each direction, and attention says how much each counts; the weights of a bag
of words are added. That bag alone, which the same texts teach, is the model to beat.

Expected, from seeds 1 to 3, with the flags of ./examples/run sentiment, and checked (--expect):
                              accuracy           bag of words   always the most frequent label
  reviews of food (4000/1000) 79.5 to 80.7 %     80.1 %         65.8 %
  SpamAssassin's mails        98.5 to 98.8 %     98.1 %         70.7 %
Among 1000 reviews two models must differ by 2.5 % before that says anything: there the order of words
tells little more than the words. Of mails a linear model with weighted words gets some 99 % (Khandker,
another part of the corpus), BERT 97.8 % (arXiv:2206.02443). Headers are left out: they tell.)",
    .footer =
        R"(exit codes: 0 done, 1 a file cannot be read or written, 2 wrong usage, 3 texts or a model file that are damaged,
            4 worse than --expect, or numbers became infinite, 128 + signal stopped by a signal)"};

namespace {

void test_flags(console::Flags& flags, Options& options) {
  flags.text("--test", "FILE", options.test, "texts to judge the model by, in lines of label, tab and text");
  flags.text("--page", "FILE", options.page, "page (HTML) of texts and what the model looked at to write");
  flags.real("--expect", options.expect, {.low = 0, .high = 100},
             "least accuracy in per cent; below it the program ends with 4");
}

}  // namespace

std::map<std::string, std::string> to_metadata(const Vocabulary& vocabulary, const Sizes& sizes) {
  return {{"labels", fmt::format("{}", fmt::join(vocabulary.labels, "\t"))},
          {"words", vocabulary.words.joined()},
          {"most", unroll::number_text(vocabulary.most)},
          {"embedding", unroll::number_text(sizes.embedding)},
          {"hidden", unroll::number_text(sizes.hidden)},
          {"dropout", unroll::number_text(sizes.dropout)},
          {"word_dropout", unroll::number_text(sizes.word_dropout)}};
}

Vocabulary vocabulary_in(const std::map<std::string, std::string>& metadata) {
  const auto labels = metadata.find("labels"), words = metadata.find("words");
  if (labels == metadata.end() || words == metadata.end())
    throw unroll::FileError("a model's file without labels or words: it is damaged, or of another version");
  Vocabulary vocabulary{.labels = {},
                        .words = support::WordVocabulary(words->second),
                        .most = unroll::number_in<std::uint64_t>(metadata, "most")};
  for (std::string_view rest = labels->second; !rest.empty();) {
    vocabulary.labels.emplace_back(rest.substr(0, rest.find('\t')));
    rest.remove_prefix(std::min(rest.size(), vocabulary.labels.back().size() + 1));
  }
  return vocabulary;
}

Sizes sizes_in(const std::map<std::string, std::string>& metadata) {
  return {.embedding = unroll::number_in<std::uint64_t>(metadata, "embedding"),
          .hidden = unroll::number_in<std::uint64_t>(metadata, "hidden"),
          .dropout = unroll::number_in<double>(metadata, "dropout"),
          .word_dropout = unroll::number_in<double>(metadata, "word_dropout")};
}

void train_flags(console::Flags& flags, Options& options) {
  flags.text("--data", "FILE", options.data, "texts to learn from, in lines of label, tab and text");
  test_flags(flags, options);
  flags.whole("--embedding", options.sizes.embedding, 1, 4096, "numbers that stand for a word");
  flags.whole("--hidden", options.sizes.hidden, 1, 4096, "units of a direction");
  flags.real("--dropout", options.sizes.dropout, unroll::below_one, "fraction of numbers left out while it learns");
  flags.real("--word-dropout", options.sizes.word_dropout, unroll::below_one,
             "fraction of words left out while it learns");
  flags.whole("--least", options.least, 1, 1000000, "texts that a word must be in to be known");
  flags.whole("--most", options.most, 1, 100000, "words that are read of a text, from its beginning");
  flags.real("--validation", options.validation, {.low = 0, .high = 0.9, .open_low = true},
             "fraction of the texts, at the end of the file, that decides which model is the best");
  add_training_flags(flags, options.training, "texts");
}

void evaluate_flags(console::Flags& flags, Options& options) {
  flags.text("--model", "FILE", options.training.model, "model file");
  test_flags(flags, options);
  flags.flag("--json", options.training.json, "print one JSON object on standard output");
}

void classify_flags(console::Flags& flags, Options& options) {
  flags.text("--model", "FILE", options.training.model, "model file");
  options.texts = "-";
  flags.operand("FILE", options.texts, "texts to classify, one a line; - is standard input, answered line by line");
}

void expect_data_and_test(const console::Flags& flags, Options& options) {
  flags.require("--data", options.data), flags.require("--test", options.test);
}

void expect_test(const console::Flags& flags, Options& options) { flags.require("--test", options.test); }

}  // namespace sentiment
