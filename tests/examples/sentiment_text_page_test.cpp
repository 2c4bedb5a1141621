#include "sentiment/text_page.hpp"
#include "support/catch.hpp"
#include "support/xml.hpp"

using Catch::Contains;
using namespace sentiment;

TEST_CASE("the page of texts has what was taken for what, and words as dark as they counted") {
  const support::LabeledTexts texts{{"a <good> one", "bad & ugly thing", "fine"}, {1, 0, 1}};
  const Vocabulary vocabulary{{"bad", "good"}, support::WordVocabulary("a"), 3};
  const unroll::Tensor<float> likely({3, 2}, {0.75F, 0.25F, 0.875F, 0.125F, 0.25F, 0.75F});
  const auto weights = [](std::size_t n) {
    return n == 2 ? unroll::Tensor<float>({1}, {1}) : unroll::Tensor<float>({3}, {0.5F, 0.25F, 0.25F});
  };
  const std::string page =
      page_of(texts, vocabulary, likely, weights, {.baseline = "", .scores = {{.name = "accuracy", .model = 66}}});
  CHECK(count_elements(page, "span") == 7);
  CHECK(count_elements(page, "h3") == 3);
  CHECK_THAT(page, Contains("rgba(213,94,0,1.00)\">bad</span>") && Contains("rgba(213,94,0,0.50)\">&amp;</span>"));
  CHECK_THAT(page, Contains("good, taken for bad with 75 %") && Contains("bad, taken for bad with 88 %"));
  CHECK(count_elements(page, "td") == 4);
  CHECK(page.find("taken for something else") < page.find("Texts that were found"));
}
