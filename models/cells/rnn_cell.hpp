#pragma once

#include <unroll/models/cells/recurrent_weights.hpp>
#include <unroll/models/layers/activation.hpp>
#include <unroll/models/sequences/state.hpp>
#include <unroll/ops/arithmetic.hpp>  // for the φ of users
#include <unroll/ops/linear.hpp>

namespace unroll::inline v0 {

/// The sizes of a plain recurrent network.
struct RnnOptions {
  std::size_t inputs /**< D */, hidden /**< H */;
  /// R, the width of the hidden state that a Projected cell carries on; 0: H.
  std::size_t recurrent = 0;
};

/// The recurrent network of the textbook (Elman 1990), for any φ from Variable to Variable:
///
///     hᵢ = φ(Wₓ xᵢ + W_h hᵢ₋₁ + b)
///
///     RnnCell cell({.inputs = 10, .hidden = 20}, random);                                     // φ = tanh
///     RnnCell mine({.inputs = 10, .hidden = 20}, random, [](auto x) { return relu(x) * 0.5; });
template <class Scalar = float, class Activation = activation::Tanh>
struct RnnCell {
  using Options = RnnOptions;         ///< what the constructor takes
  using State = HiddenState<Scalar>;  ///< what a step takes and returns

  RecurrentWeights<Scalar> weights;             ///< the weights of all gates
  [[no_unique_address]] Activation activation;  ///< φ

  RnnCell() = default;
  /// Draws weights and biases evenly from ±1/√H, as PyTorch does. Throws ArgumentError for sizes of 0.
  RnnCell(const RnnOptions& options, const Random& random, Activation phi = {})
      : weights("RnnCell", {1, options.inputs, options.hidden, options.recurrent}, random), activation(phi) {}
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit RnnCell(const RnnCell<Other, Activation>& other) : weights(other.weights), activation(other.activation) {}

  /// H, the width of the hidden state.
  std::size_t hidden_size() const { return weights.hidden_size(1); }

  /// The part of a step that does not depend on the state, for all steps at once: [T, N, D] -> [T, N, H].
  Variable<Scalar> project(Variable<Scalar> inputs) const {
    return linear(inputs, weights.input_weight, weights.input_bias);
  }
  /// One step: projected input [N, H] and previous state -> next state.
  State step(Variable<Scalar> projected, const State& previous) const {
    return {activation(add_linear(projected, previous.hidden, weights.hidden_weight, weights.hidden_bias))};
  }

  /// A step by hand, its input [N, D] not yet projected: `state = cell(x, state)`.
  State operator()(Variable<Scalar> x, const State& previous) const { return step(project(x), previous); }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) { RecurrentWeights<Scalar>::members(self.weights, visit); }
};

}  // namespace unroll::inline v0
