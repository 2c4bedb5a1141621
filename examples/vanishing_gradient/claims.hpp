#pragma once

#include "vanishing_gradient/experiment.hpp"

#include <string>
#include <vector>

namespace vanishing_gradient {

/// The length of the longest gradient that the clipped contenders learn from.
inline constexpr double clip = 1;
/// By then the bound of norm 0.8 itself has fallen below a hundredth, which counts as vanishing: 0.8^24 = 0.005.
inline constexpr std::uint64_t least_steps_to_vanish = 25;

/// RNNs of norm 0.8, 1 and 1.5, each without clipping and with it, an LSTM and a GRU.
std::vector<Contender> contenders();

/// A statement, and whether it has come about.
struct Claim {
  std::string words;
  bool holds;
};

/// What theory says of these outcomes, one for each of the contenders. Of gradients that vanish only when sequences
/// have least_steps_to_vanish, of what is learnt only with the steps of Plan and at least its updates.
std::vector<Claim> claims_of(const std::vector<Outcome>& outcomes, const Plan& plan);

/// "97 %", or "diverged".
std::string recalled(const Outcome& outcome);

}  // namespace vanishing_gradient
