#pragma once

#include <unroll/models/rnn_cell.hpp>

namespace unroll::inline v0 {

/// The recurrent network with φ inside the product, as Pascanu, Mikolov and Bengio write it (2013, eq. 2), for any φ
/// from Variable to Variable. Its state is what the textbook's takes φ of, so that the two are the same network seen at
/// another place: if hᵢ is the state of an RnnCell, aᵢ with hᵢ = φ(aᵢ) is the state of this one.
///
///     aᵢ = W_h φ(aᵢ₋₁) + Wₓ xᵢ + b
template <class Scalar = float, class Activation = activation::Tanh>
struct PreactivationRnnCell {
  using Options = RnnOptions;
  using State = HiddenState<Scalar>;

  RecurrentWeights<Scalar> weights;
  [[no_unique_address]] Activation activation;

  PreactivationRnnCell() = default;
  /// Throws ArgumentError for sizes of 0.
  PreactivationRnnCell(const RnnOptions& options, const Random& random, Activation phi = {})
      : weights("PreactivationRnnCell", {1, options.inputs, options.hidden, options.recurrent}, random),
        activation(phi) {}
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit PreactivationRnnCell(const PreactivationRnnCell<Other, Activation>& other)
      : weights(other.weights), activation(other.activation) {}

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

  static void members(auto& self, auto&& visit) { RecurrentWeights<Scalar>::members(self.weights, visit); }
};

}  // namespace unroll::inline v0
