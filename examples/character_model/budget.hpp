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

/// An exponential moving average over the last hundred numbers or so.
class RunningMean {
 public:
  void add(double number);
  /// 0 before the first number.
  double value() const { return weight_ > 0 ? sum_ / weight_ : 0; }

 private:
  double sum_ = 0, weight_ = 0;
};

}  // namespace character_model
