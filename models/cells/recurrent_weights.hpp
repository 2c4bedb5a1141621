#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tensor/random.hpp>

namespace unroll::inline v0 {

namespace detail {
/// Throws ArgumentError: the tensor of `rows` rows among the weights does not belong to a cell of `gates` gates.
[[noreturn]] void refuse_gates(const char* weights, const char* tensor, std::size_t gates, std::size_t rows);
}  // namespace detail

/// The sizes of a cell with gates. R, the width of the hidden state that the recurrent weight multiplies, is H except
/// in a Projected cell.
struct RecurrentSizes {
  std::size_t gates /**< how many */, inputs /**< D */, hidden /**< H */;
  std::size_t recurrent = 0;  ///< R; 0: H
};

/// The parameters that RNN, LSTM and GRU cells have in common, in PyTorch's layout: the gates are blocks of H rows.
/// There are two biases, as in PyTorch: most cells only use their sum, but not a GRU that resets after the product.
template <class Scalar = float>
struct RecurrentWeights {
  Parameter<Scalar> input_weight;   ///< [gates H, D]
  Parameter<Scalar> hidden_weight;  ///< [gates H, R]
  Parameter<Scalar> input_bias;     ///< [gates H]
  Parameter<Scalar> hidden_bias;    ///< [gates H]

  RecurrentWeights() = default;
  /// Numbers drawn evenly from ±1/√H, as PyTorch does. Throws ArgumentError naming the cell for sizes of 0, and when
  /// gates H are more than a BLAS can count.
  RecurrentWeights(const char* cell, const RecurrentSizes& sizes, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit RecurrentWeights(const RecurrentWeights<Other>& other)
      : input_weight(other.input_weight),
        hidden_weight(other.hidden_weight),
        input_bias(other.input_bias),
        hidden_bias(other.hidden_bias) {}

  /// H, for a cell with `gates` gates. Throws ArgumentError when the weights do not have H rows for each.
  std::size_t hidden_size(std::size_t gates) const {
    const std::size_t rows = hidden_weight.shape()[0];
    if (gates == 0 || rows % gates != 0) detail::refuse_gates("RecurrentWeights", "hidden_weight", gates, rows);
    return rows / gates;
  }

  /// Adds a number to the input bias of one gate's H units, as a forget bias does. Throws ArgumentError unless gate <
  /// gates.
  void add_to_bias(std::size_t gates, std::size_t gate, double number);

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) {
    visit("input_weight", self.input_weight);
    visit("hidden_weight", self.hidden_weight);
    visit("input_bias", self.input_bias);
    visit("hidden_bias", self.hidden_bias);
  }
};

extern template struct RecurrentWeights<float>;
extern template struct RecurrentWeights<double>;
extern template struct RecurrentWeights<DualNumber>;

}  // namespace unroll::inline v0
