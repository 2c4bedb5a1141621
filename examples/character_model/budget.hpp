#pragma once

#include <cstdint>
#include <optional>

namespace character_model {

/// When training ends, and what the schedule follows: what is reached first. Empty ones do not count.
struct Budget {
  std::optional<double> epochs = {};
  std::optional<std::uint64_t> characters = {};
  std::optional<double> minutes = {};
};

/// What has been used up.
struct Spent {
  double epochs;
  std::uint64_t characters;
  double seconds;
};

/// The share of the budget that is used up, 1 when it has just been reached; 0 for a budget without limits.
double share_spent(const Budget& budget, const Spent& spent);

/// A mean that forgets: the last hundred or so numbers count, the latest most.
class RunningMean {
 public:
  void add(double number);
  /// 0 before the first number.
  double value() const { return weight_ > 0 ? sum_ / weight_ : 0; }

 private:
  double sum_ = 0, weight_ = 0;
};

}  // namespace character_model
