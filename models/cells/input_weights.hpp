#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/cells/recurrent_weights.hpp>
#include <unroll/ops/linear.hpp>

namespace unroll::inline v0 {

/// The sizes of a cell whose gates do not see its hidden state.
struct InputSizes {
  std::size_t gates /**< how many */, inputs /**< D */, hidden /**< H */;
};

/// The parameters of a cell whose gates do not see its hidden state: all its products are made at once for all steps.
/// The gates are blocks of H rows. There is one bias.
template <class Scalar = float>
struct InputWeights {
  Parameter<Scalar> input_weight;  ///< [gates H, D]
  Parameter<Scalar> input_bias;    ///< [gates H]

  InputWeights() = default;
  /// Numbers drawn evenly from ±1/√D, as Linear does. Throws ArgumentError naming the cell for sizes of 0, and when
  /// gates H are more than a BLAS can count.
  InputWeights(const char* cell, const InputSizes& sizes, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit InputWeights(const InputWeights<Other>& other)
      : input_weight(other.input_weight), input_bias(other.input_bias) {}

  /// H, for a cell with `gates` gates. Throws ArgumentError when the weights do not have H rows for each.
  std::size_t hidden_size(std::size_t gates) const {
    const std::size_t rows = input_weight.shape()[0];
    if (gates == 0 || rows % gates != 0) detail::refuse_gates("InputWeights", "input_weight", gates, rows);
    return rows / gates;
  }
  /// Adds a number to the bias of one gate's H units. Throws ArgumentError unless gate < gates.
  void add_to_bias(std::size_t gates, std::size_t gate, double number);

  /// The products of all gates: [..., D] -> [..., gates H].
  Variable<Scalar> operator()(Variable<Scalar> inputs) const { return linear(inputs, input_weight, input_bias); }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) {
    visit("input_weight", self.input_weight);
    visit("input_bias", self.input_bias);
  }
};

extern template struct InputWeights<float>;
extern template struct InputWeights<double>;
extern template struct InputWeights<DualNumber>;

}  // namespace unroll::inline v0
