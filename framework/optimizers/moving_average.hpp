#pragma once

#include <unroll/framework/tape/module.hpp>

#include <cstdint>
#include <vector>

namespace unroll::inline v0 {

/// An exponential moving average of the weights, which is often a better model than the last weights (Polyak and
/// Juditsky 1992, "Acceleration of stochastic approximation by averaging").
///
///     MovingAverage<> average(0.999);
///     adam.update(parameters), average.add(parameters);  // at every update
///     average.exchange(parameters);                      // the model has the averages now
///     evaluate(model), save_module("model.safetensors", model);
///     average.exchange(parameters);                      // and its own weights again
template <class Scalar = float>
class MovingAverage {
 public:
  /// `decay` is how much of the average an update leaves; [0, 1). The first updates leave less, (1 + n) / (10 + n) at
  /// update n, so that the average forgets the first weights. Throws ArgumentError for another decay.
  explicit MovingAverage(double decay);

  /// Takes in the weights as they are now; the average of what never changes stays as it is. The first call makes room.
  /// Throws ArgumentError when these are other parameters than before.
  void add(const Parameters<Scalar>& parameters);
  /// Exchanges weights and averages; does nothing before the first add. Throws as add does.
  void exchange(const Parameters<Scalar>& parameters);
  /// Makes room, as the first add does, for a state to be loaded.
  void bind(const Parameters<Scalar>& parameters);
  /// Calls visit(name, value) for all that must be kept to go on exactly.
  void for_each_state(auto&& visit) {
    visit("updates", updates_);
    for (Slot& slot : slots_) visit(slot.name + ".average", slot.average);  // no name that "updates" is, too
  }

 private:
  struct Slot {
    std::string name;
    Tensor<Scalar> average;
  };
  void expect(const char* operation, const Parameters<Scalar>& parameters) const;

  double decay_;
  std::uint64_t updates_ = 0;
  std::vector<Slot> slots_;
};

extern template class MovingAverage<float>;
extern template class MovingAverage<double>;

}  // namespace unroll::inline v0
