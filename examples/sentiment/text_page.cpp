#include "sentiment/text_page.hpp"

#include "support/confusion_table.hpp"
#include <unroll/framework/charts/page.hpp>
#include <unroll/framework/charts/svg_canvas.hpp>
#include <unroll/ops/largest.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace sentiment {

namespace {

using unroll::charts::escape;

constexpr std::size_t most_texts = 12;  // of each kind, right and wrong

/// The words of a text, the darker the more they counted.
std::string shaded(const std::string& text, const unroll::Tensor<float>& weights) {
  const auto words = support::words_of(text);
  const float most = *std::max_element(weights.begin(), weights.end());
  std::string html = "<p>";
  for (std::size_t i = 0; i < std::min(words.size(), weights.size()); ++i)
    html += fmt::format("<span style=\"background: rgba(213,94,0,{:.2f})\">{}</span> ", weights[i] / most,
                        escape(words[i]));
  return html + (words.size() > weights.size() ? "...</p>\n" : "</p>\n");
}

}  // namespace

std::string page_of(const support::LabeledTexts& texts, const Vocabulary& vocabulary,
                    const unroll::Tensor<float>& probabilities,
                    const std::function<unroll::Tensor<float>(std::size_t)>& weights_of, const task::Scores& scores) {
  const unroll::Tensor<int> found = unroll::argmax(probabilities);
  std::string body = fmt::format("<pre>{}</pre>\n", escape(to_text(scores)));
  body += support::confusion_table({texts.labels, found.values(), vocabulary.labels.size()}, vocabulary.labels);
  for (const bool right : {false, true}) {
    body += fmt::format("<h2>{}</h2>\n", right ? "Texts that were found" : "Texts that were taken for something else");
    std::size_t shown = 0;
    for (std::size_t n = 0; n < texts.texts.size() && shown < most_texts; ++n) {
      if ((found[n] == texts.labels[n]) != right) continue;
      const auto label = static_cast<std::size_t>(found[n]);
      body += fmt::format("<h3>{}, taken for {} with {:.0f} %</h3>\n",
                          escape(vocabulary.labels[static_cast<std::size_t>(texts.labels[n])]),
                          escape(vocabulary.labels[label]), 100 * probabilities.at({n, label}));
      body += shaded(texts.texts[n], weights_of(n));
      ++shown;
    }
  }
  return unroll::charts::to_html({.title = "What the model looked at", .head = "", .body = body});
}

}  // namespace sentiment
