#pragma once

#include <unroll/framework/random.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace character_model {

/// How the next character is chosen.
struct Sampling {
  /// Logits are divided by it: below 1 the likely becomes likelier. 0, and anything up to 1e-6, takes the likeliest.
  double temperature = 1;
  /// Only the k likeliest can be drawn; 0 is all.
  std::size_t top_k = 0;
  /// Only the smallest set of likeliest ones whose probabilities reach p (Holtzman et al. 2019, "The curious case of
  /// neural text degeneration"); 1 is all. Applied to what the temperature and top_k left.
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

  /// What can be drawn, likeliest first, equal ones by token; the probabilities sum to 1. Valid until the next call.
  std::span<const Candidate> distribution(std::span<const float> logits);

 private:
  Sampling sampling_;
  unroll::Random random_;
  std::vector<Candidate> candidates_;
};

}  // namespace character_model
