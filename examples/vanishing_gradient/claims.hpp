#pragma once

#include "vanishing_gradient/experiment.hpp"

#include <string>
#include <vector>

namespace vanishing_gradient {

/// The length of the longest gradient that the clipped contenders learn from.
inline constexpr double clip = 1;
/// The fewest steps after which the bound of norm 0.8 is below a hundredth, which counts as vanishing: 0.8^24 = 0.005.
inline constexpr std::uint64_t least_steps_to_vanish = 25;

/// RNNs of norm 0.8, 1 and 1.5, each without clipping and with it, an LSTM and a GRU.
std::vector<Contender> contenders();

/// A statement, and whether the outcomes confirm it.
struct Claim {
  std::string words;
  bool holds;
};

/// The claims of theory about these outcomes, one for each contender. Claims about vanishing gradients need sequences
/// of least_steps_to_vanish, claims about learning the steps of Plan and at least its updates.
std::vector<Claim> claims_of(const std::vector<Outcome>& outcomes, const Plan& plan);

/// "97 %", or "diverged".
std::string recalled(const Outcome& outcome);

}  // namespace vanishing_gradient
