#pragma once

namespace unroll::inline v0 {

/// An exponential moving average over the last hundred numbers or so.
class RunningMean {
 public:
  /// Adds a number.
  void add(double number);
  /// 0 before the first number.
  double value() const { return weight_ > 0 ? sum_ / weight_ : 0; }
  /// Calls visit(name, value) for all that must be kept to go on exactly.
  void for_each_state(auto&& visit) { visit("sum", sum_), visit("weight", weight_); }

 private:
  double sum_ = 0, weight_ = 0;
};

}  // namespace unroll::inline v0
