#pragma once

#include <unroll/framework/tensor/random.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace character_model {

/// How the sampler chooses the next character.
struct Sampling {
  /// Divides the logits: below 1, likely characters become likelier. Up to 1e-6 the sampler takes the likeliest one.
  double temperature = 1;
  /// Draws from the k likeliest characters only; 0: from all.
  std::size_t top_k = 0;
  /// Draws from the smallest set of likeliest characters whose probabilities reach p (Holtzman et al. 2019, "The
  /// curious case of neural text degeneration"), after temperature and top_k; 1: from all.
  double top_p = 1;
};

/// A token and its probability.
struct Candidate {
  int token;
  double probability;
};

/// Draws tokens from logits. The same random key and position give the same token.
class Sampler {
 public:
  /// Throws unroll::ArgumentError unless the temperature is finite and at least 0, and top_p in (0, 1].
  Sampler(const Sampling& sampling, const unroll::Random& random);

  /// Throws unroll::NumericalError when a logit is not finite.
  int draw(std::span<const float> logits, std::uint64_t position);

  /// All candidates, likeliest first, equal ones by token; their probabilities sum to 1. Valid until the next call.
  std::span<const Candidate> distribution(std::span<const float> logits);

 private:
  Sampling sampling_;
  unroll::Random random_;
  std::vector<Candidate> candidates_;
};

}  // namespace character_model
