#pragma once

#include "sentiment/texts.hpp"
#include "task/scores.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace sentiment {

/// A page of scores, a table of which labels were taken for which, and some texts, those that were taken for something
/// else first: the more a word counted, by `weights_of(text)` [T], the darker it is. `probabilities` is [texts,
/// labels].
std::string page_of(const support::LabeledTexts& texts, const Vocabulary& vocabulary,
                    const unroll::Tensor<float>& probabilities,
                    const std::function<unroll::Tensor<float>(std::size_t)>& weights_of, const task::Scores& scores);

}  // namespace sentiment
