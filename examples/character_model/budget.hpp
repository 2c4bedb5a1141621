#pragma once

#include <cstdint>
#include <optional>

namespace character_model {

/// The limits of training, which the schedule follows too: training ends at the first one reached. Empty ones do not
/// count.
struct Budget {
  std::optional<double> epochs = {};
  std::optional<std::uint64_t> characters = {};
  std::optional<double> minutes = {};
};

/// How much of the budget training has used.
struct Spent {
  double epochs;
  std::uint64_t characters;
  double seconds;
};

/// The fraction of the budget that is spent, 1 when the first limit has just been reached; 0 for a budget without
/// limits.
double fraction_spent(const Budget& budget, const Spent& spent);

}  // namespace character_model
