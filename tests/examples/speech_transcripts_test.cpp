#include "speech/transcripts.hpp"
#include "support/catch.hpp"
#include "support/xml.hpp"
#include <unroll/framework/errors/error.hpp>

using Catch::Contains;
using namespace speech;

TEST_CASE("error rates are those of all words and letters together, beside those of the most frequent text") {
  const auto scores = scores_of({{"a", "two five", "two nine"}, {"b", "one", "one"}, {"c", "ten", "then"}}, "one");
  REQUIRE(scores.scores.size() == 2);
  CHECK(scores.scores[0].model == Approx(100 * 2 / 4.));         // nine for five, then for ten, of four words
  CHECK(scores.scores[0].baseline == Approx(100 * 3 / 4.));      // one word instead of two, and of another one
  CHECK(scores.scores[1].model == Approx(100 * (2 + 1) / 14.));  // n for f, n for v; an h too many
  CHECK(scores.scores[0].unit == "%");
}

TEST_CASE("the most frequent text is the first one of several in their order") {
  CHECK(most_frequent({"b", "a", "c", "b", "a"}) == "a");
  CHECK(most_frequent({"b", "a", "b"}) == "b");
  CHECK_THROWS_AS(most_frequent({}), unroll::ArgumentError);
}

TEST_CASE("a page has a spectrum, and each letter that is written once, where it is") {
  const std::string letters = " ab";
  const Alphabet alphabet(std::span(&letters, 1));
  Picture picture{{"a <recording>", "a b", "ab"}, unroll::Tensor<float>({8, 3}), unroll::Tensor<float>({4, 4})};
  picture.log_mel.at({5, 2}) = 7;
  for (std::size_t t = 0; t < 4; ++t) picture.probabilities.at({t, std::size_t{t < 2 ? 2U : t == 2 ? 0U : 3U}}) = 1;
  const std::string page = page_of({picture}, alphabet, scores_of({picture.transcript}, "b"));
  CHECK(count_elements(page, "svg") == 1);
  CHECK_THAT(page, Contains("a &lt;recording&gt;") && Contains("written, wrongly: <b>ab</b>"));
  CHECK_THAT(page, Contains("0.02 s: &quot;a&quot; 100 %") && Contains("0.06 s: &quot;b&quot; 100 %"));
  const auto count = [&](const std::string& text) {
    std::size_t found = 0;
    for (std::size_t at = page.find(text); at != std::string::npos; at = page.find(text, at + 1)) ++found;
    return found;
  };
  CHECK(count("#fde725") == 1);    // the loudest
  CHECK(count(">a</text>") == 1);  // though two steps say it
  CHECK(count(">b</text>") == 1);
}

TEST_CASE("a page of silence and of a recording without steps can be drawn") {
  const std::string letters = "a";
  const Alphabet alphabet(std::span(&letters, 1));
  const Picture silent{{"s", "a", ""}, unroll::Tensor<float>({2, 3}), unroll::Tensor<float>({1, 2})};
  CHECK(count_elements(page_of({silent}, alphabet, scores_of({silent.transcript}, "a")), "svg") == 1);
  const Picture nothing{{"n", "a", ""}, unroll::Tensor<float>({0, 3}), unroll::Tensor<float>({0, 2})};
  CHECK(count_elements(page_of({nothing}, alphabet, scores_of({nothing.transcript}, "a")), "svg") == 0);
}
