#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <vector>

namespace unroll::inline v0 {

/// Gaussian noise on the weights while a gradient is computed, which makes a network learn weights that need less
/// precision (Graves 2011, "Practical variational inference for neural networks", section 3.2; Jim, Giles and Horne
/// 1996, "An analysis of noise in recurrent neural networks").
///
///     noise.add(parameters, random.split(step));
///     tape.backward(record(tape), parameters);
///     noise.remove();
///     adam.update(parameters);
template <class Scalar = float>
class WeightNoise {
 public:
  /// `deviation` is that of each number; at least 0, and 0 does nothing. Throws ArgumentError for another.
  explicit WeightNoise(double deviation);

  /// Keeps the values of all parameters that are not frozen, and adds noise to them. They must stay where they are
  /// until remove. Throws ArgumentError when there is noise already.
  void add(const Parameters<Scalar>& parameters, const Random& random);
  /// Gives the parameters their values back, to the bit; does nothing when there is no noise.
  void remove();

 private:
  struct Kept {
    Parameter<Scalar>* parameter;  // nullptr: it was frozen, and has no noise
    Tensor<Scalar> value;
  };
  double deviation_;
  bool added_ = false;
  std::vector<Kept> kept_;  // in the order of the parameters; kept for its memory
};

extern template class WeightNoise<float>;
extern template class WeightNoise<double>;

}  // namespace unroll::inline v0
