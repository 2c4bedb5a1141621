#pragma once

#include <unroll/models/cells/rnn_cell.hpp>

namespace unroll::inline v0 {

/// The recurrent network with φ inside the product, as Pascanu, Mikolov and Bengio write it (2013, eq. 2), for any φ
/// from Variable to Variable. It is the textbook's network with another choice of state: if hᵢ is the state of an
/// RnnCell, the state of this cell is the aᵢ with hᵢ = φ(aᵢ).
///
///     aᵢ = W_h φ(aᵢ₋₁) + Wₓ xᵢ + b
template <class Scalar = float, class Activation = activation::Tanh>
struct PreactivationRnnCell {
  using Options = RnnOptions;         ///< what the constructor takes
  using State = HiddenState<Scalar>;  ///< what a step takes and returns

  RecurrentWeights<Scalar> weights;             ///< the weights of all gates
  [[no_unique_address]] Activation activation;  ///< φ

  PreactivationRnnCell() = default;
  /// Draws weights and biases evenly from ±1/√H. Throws ArgumentError for sizes of 0.
  PreactivationRnnCell(const RnnOptions& options, const Random& random, Activation phi = {})
      : weights("PreactivationRnnCell", {1, options.inputs, options.hidden, options.recurrent}, random),
        activation(phi) {}
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit PreactivationRnnCell(const PreactivationRnnCell<Other, Activation>& other)
      : weights(other.weights), activation(other.activation) {}

  /// H, the width of the hidden state.
  std::size_t hidden_size() const { return weights.hidden_size(1); }

  /// The part of a step that does not depend on the state, for all steps at once: [T, N, D] -> [T, N, H].
  Variable<Scalar> project(Variable<Scalar> inputs) const {
    return linear(inputs, weights.input_weight, weights.input_bias);
  }
  /// One step: projected input [N, H] and previous state -> next state.
  State step(Variable<Scalar> projected, const State& previous) const {
    return {add_linear(projected, activation(previous.hidden), weights.hidden_weight, weights.hidden_bias)};
  }

  /// A step by hand, its input [N, D] not yet projected: `state = cell(x, state)`.
  State operator()(Variable<Scalar> x, const State& previous) const { return step(project(x), previous); }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) { RecurrentWeights<Scalar>::members(self.weights, visit); }
};

}  // namespace unroll::inline v0
