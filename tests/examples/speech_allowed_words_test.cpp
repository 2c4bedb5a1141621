#include "speech/allowed_words.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/ctc_decoding.hpp>

#include <cmath>
#include <fstream>
#include <map>

using Catch::Contains;
using namespace speech;

namespace {

const std::string letters = " ab";
Alphabet alphabet() { return Alphabet(std::span(&letters, 1)); }

std::string refusal(const std::string& text) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "words") << text;
  return message_of<unroll::FileError>([&] { AllowedWords(directory / "words", alphabet()); });
}

/// Whether a text is made of these words, with one blank between two.
bool is_allowed(std::string text, const std::vector<std::string>& words) {
  if (text.empty()) return true;
  text += ' ';
  while (!text.empty()) {
    const std::string word = text.substr(0, text.find(' '));
    if (std::ranges::find(words, word) == words.end()) return false;
    text.erase(0, word.size() + 1);
  }
  return true;
}

/// By all alignments, the likeliest text that is allowed.
std::string by_enumeration(const unroll::Tensor<float>& logits, const std::vector<std::string>& words) {
  const std::size_t steps = logits.shape()[0], symbols = logits.shape()[2];
  std::map<std::string, double> probabilities;
  const auto total = static_cast<std::size_t>(std::pow(symbols, steps));
  for (std::size_t alignment = 0; alignment < total; ++alignment) {
    double weight = 1;
    std::vector<int> spelled;
    std::size_t before = 0;
    for (std::size_t t = 0, rest = alignment; t < steps; ++t, rest /= symbols) {
      const std::size_t symbol = rest % symbols;
      weight *= std::exp(logits[t * symbols + symbol]);
      if (symbol != 0 && symbol != before) spelled.push_back(static_cast<int>(symbol));
      before = symbol;
    }
    const std::string text = alphabet().text_of(spelled);
    if (is_allowed(text, words)) probabilities[text] += weight;
  }
  return std::ranges::max_element(probabilities, {}, [](const auto& entry) { return entry.second; })->first;
}

}  // namespace

TEST_CASE("a wide beam that is held to words finds the likeliest text of these words, as enumeration does") {
  const std::vector<std::string> words{"ab", "a", "bba"};
  const AllowedWords allowed(words, alphabet());
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto logits = unroll::normal<float>(unroll::Random(seed), {6, 1, 4}, 0, 2);
    const auto found = unroll::ctc_beam_search(logits, allowed.beam(5000)).front();
    REQUIRE_FALSE(found.empty());
    CHECK(alphabet().text_of(found.front().symbols) == by_enumeration(logits, words));
    for (const auto& hypothesis : found) CHECK(is_allowed(alphabet().text_of(hypothesis.symbols), words));
  }
}

TEST_CASE("letters without a blank among them spell one word") {
  const std::string two = "ab";
  const Alphabet without{std::span(&two, 1)};
  const std::vector<std::string> words{"ab", "b"};
  const AllowedWords allowed(words, without);
  const auto logits = unroll::normal<float>(unroll::Random(1), {5, 1, 3}, 0, 2);
  const auto found = unroll::ctc_beam_search(logits, allowed.beam(500)).front();
  CHECK(found.size() == 3);
  for (const auto& hypothesis : found) {
    const std::string text = without.text_of(hypothesis.symbols);
    CHECK((text.empty() || text == "ab" || text == "b"));
  }
}

TEST_CASE("a list of words is a word in each line, in letters that the model has heard") {
  const TemporaryDirectory directory;
  std::ofstream(directory / "words") << "AB\r\n\n a \n";
  const AllowedWords allowed(directory / "words", alphabet());
  unroll::Tensor<float> logits({2, 1, 4});
  logits.at({0, 0, 2}) = logits.at({1, 0, 3}) = 9;  // "ab"
  CHECK(unroll::ctc_beam_search(logits, allowed.beam(8)).front().front().symbols == std::vector<int>{2, 3});

  CHECK_THAT(refusal("ab\na b\n"), Contains("line 2: \"a b\", expected one word in each line"));
  CHECK_THAT(refusal("ab\n\nabc\n"), Contains("line 3: \"abc\" has a letter") && Contains("letters of \" ab\""));
  CHECK_THAT(refusal("\n \n"), Contains("no words"));
  CHECK_THROWS_AS(AllowedWords("/nowhere/words", alphabet()), unroll::IoError);
}
