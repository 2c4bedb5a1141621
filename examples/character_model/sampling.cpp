#include "character_model/sampling.hpp"

#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace character_model {

namespace {

constexpr double greedy_below = 1e-6;

/// How many of the sorted candidates reach this fraction of their sum; at least one.
std::size_t nucleus(std::span<const Candidate> candidates, double fraction) {
  double total = 0;
  for (const auto& candidate : candidates) total += candidate.probability;
  double reached = 0;
  std::size_t count = 0;
  while (count < candidates.size() && (count == 0 || reached < fraction * total))
    reached += candidates[count++].probability;
  return count;
}

}  // namespace

Sampler::Sampler(const Sampling& sampling, const unroll::Random& random) : sampling_(sampling), random_(random) {
  unroll::expect_in("sampling", "temperature", sampling.temperature, unroll::not_negative);
  unroll::expect_in("sampling", "top_p", sampling.top_p, {.high = 1, .open_low = true});
}

std::span<const Candidate> Sampler::distribution(std::span<const float> logits) {
  candidates_.clear();
  for (std::size_t token = 0; token < logits.size(); ++token) {
    if (!std::isfinite(logits[token]))
      throw unroll::NumericalError(
          fmt::format("sampling: the logit of token {} is {}; the model's weights are damaged", token, logits[token]));
    candidates_.push_back({static_cast<int>(token), logits[token]});
  }
  std::stable_sort(candidates_.begin(), candidates_.end(),
                   [](const Candidate& a, const Candidate& b) { return a.probability > b.probability; });

  const bool greedy = sampling_.temperature <= greedy_below;
  if (greedy || sampling_.top_k > 0) candidates_.resize(std::min(greedy ? 1 : sampling_.top_k, candidates_.size()));
  // e^(logit - largest): the largest is 1, so that nothing overflows.
  const double largest = candidates_.front().probability;
  const double temperature = greedy ? 1 : sampling_.temperature;
  for (auto& candidate : candidates_) candidate.probability = std::exp((candidate.probability - largest) / temperature);
  if (sampling_.top_p < 1) candidates_.resize(nucleus(candidates_, sampling_.top_p));

  double total = 0;
  for (const auto& candidate : candidates_) total += candidate.probability;
  for (auto& candidate : candidates_) candidate.probability /= total;
  return candidates_;
}

int Sampler::draw(std::span<const float> logits, std::uint64_t position) {
  const auto candidates = distribution(logits);
  double left = random_.uniform(position);
  for (const auto& candidate : candidates) {
    left -= candidate.probability;
    if (left < 0) return candidate.token;
  }
  return candidates.back().token;  // rounding: the probabilities may sum to a little less than 1
}

}  // namespace character_model
