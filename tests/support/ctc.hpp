#pragma once

#include <unroll/framework/tensor/random.hpp>
#include <unroll/framework/tensor/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

/// Oracles for connectionist temporal classification: all alignments one by one, and a recursion over probabilities.
namespace unroll::testing {

using Symbols = std::vector<int>;

/// What a sequence of classes spells: repetitions merged, then blanks removed.
inline Symbols spelled_by(const Symbols& classes, int blank) {
  Symbols symbols;
  for (std::size_t t = 0; t < classes.size(); ++t)
    if (classes[t] != blank && (t == 0 || classes[t] != classes[t - 1])) symbols.push_back(classes[t]);
  return symbols;
}

/// softmax of logits [T, V].
inline Tensor<double> probabilities_of(const Tensor<double>& logits) {
  Tensor<double> result(logits);
  const std::size_t classes = logits.shape()[1];
  for (std::size_t first = 0; first < result.size(); first += classes) {
    double sum = 0;
    for (std::size_t v = 0; v < classes; ++v) sum += result[first + v] = std::exp(logits[first + v]);
    for (std::size_t v = 0; v < classes; ++v) result[first + v] /= sum;
  }
  return result;
}

/// Calls visit(classes, probability) for each of the V^T ways to emit a class at every step.
inline void for_each_alignment(const Tensor<double>& logits, const auto& visit) {
  const Tensor<double> probabilities = probabilities_of(logits);
  const std::size_t steps = logits.shape()[0], classes = logits.shape()[1];
  Symbols emitted(steps, 0);
  while (true) {
    double probability = 1;
    for (std::size_t t = 0; t < steps; ++t)
      probability *= probabilities[t * classes + static_cast<std::size_t>(emitted[t])];
    visit(emitted, probability);
    std::size_t t = 0;
    while (t < steps && ++emitted[t] == static_cast<int>(classes)) emitted[t++] = 0;
    if (t == steps) return;
  }
}

/// The probability of everything that the steps can spell.
inline std::map<Symbols, double> all_spelled(const Tensor<double>& logits, int blank) {
  std::map<Symbols, double> result;
  for_each_alignment(
      logits, [&](const Symbols& emitted, double probability) { result[spelled_by(emitted, blank)] += probability; });
  return result;
}

/// The probability that steps [T, V] spell the targets, by a recursion over how many targets are spelled and what was
/// emitted last.
inline double probability_of(const Tensor<double>& logits, const Symbols& targets, int blank) {
  const Tensor<double> probabilities = probabilities_of(logits);
  const std::size_t classes = logits.shape()[1];
  std::map<std::pair<std::size_t, int>, double> states{{{0, blank}, 1.0}};
  for (std::size_t t = 0; t < logits.shape()[0]; ++t) {
    std::map<std::pair<std::size_t, int>, double> next;
    for (const auto& [state, probability] : states)
      for (int v = 0; v < static_cast<int>(classes); ++v) {
        auto [count, last] = state;
        const bool begins = v != blank && v != last;
        if (begins && (count == targets.size() || targets[count] != v)) continue;
        next[{count + (begins ? 1 : 0), v}] += probability * probabilities[t * classes + static_cast<std::size_t>(v)];
      }
    states = std::move(next);
  }
  double sum = 0;
  for (const auto& [state, probability] : states)
    if (state.first == targets.size()) sum += probability;
  return sum;
}

/// Lists of targets side by side, [S, N], with -7 beyond their ends.
struct PaddedTargets {
  Tensor<int> data;
  std::vector<std::size_t> lengths;

  explicit PaddedTargets(const std::vector<Symbols>& lists) {
    std::size_t longest = 0;
    for (const Symbols& list : lists) lengths.push_back(list.size()), longest = std::max(longest, list.size());
    data = Tensor<int>({longest, lists.size()}, -7);
    for (std::size_t n = 0; n < lists.size(); ++n)
      for (std::size_t s = 0; s < lists[n].size(); ++s) data.at({s, n}) = lists[n][s];
  }
};

/// The steps [length, V] of sequence n of [T, N, V].
template <class Scalar>
Tensor<Scalar> steps_of(const Tensor<Scalar>& logits, std::size_t n, std::size_t length) {
  const std::size_t batch = logits.shape()[1], classes = logits.shape()[2];
  Tensor<Scalar> result({length, classes});
  for (std::size_t t = 0; t < length; ++t)
    for (std::size_t v = 0; v < classes; ++v) result[t * classes + v] = logits[(t * batch + n) * classes + v];
  return result;
}

}  // namespace unroll::testing
