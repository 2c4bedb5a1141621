#pragma once

#include <unroll/models/cells/lstm_cell.hpp>

namespace unroll::inline v0 {

/// An LSTM whose input gate is tied to its forget gate, i = 1 - f: the coupled gates (CIFG) of Greff et al. 2015
/// (arXiv:1503.04069), three quarters of an LSTM's weights. Gates are blocks of H rows, in the order forget, candidate,
/// output.
///
///     f = σ(W_f x + U_f h + b_f)   g = tanh(W_g x + U_g h + b_g)   o = σ(Wₒ x + Uₒ h + bₒ)
///     c' = f ∘ c + (1 - f) ∘ g     h' = o ∘ tanh(c')
template <class Scalar = float>
struct CoupledLstmCell {
  using Options = LstmOptions;                     ///< what the constructor takes
  using State = typename LstmCell<Scalar>::State;  ///< what a step takes and returns

  RecurrentWeights<Scalar> weights;  ///< the weights of all gates

  CoupledLstmCell() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit CoupledLstmCell(const CoupledLstmCell<Other>& other) : weights(other.weights) {}
  /// Draws weights and biases evenly from ±1/√H, and adds the forget bias. Throws ArgumentError for sizes of 0 and for
  /// a forget bias that is not finite.
  CoupledLstmCell(const LstmOptions& options, const Random& random);

  /// H, the width of the hidden state.
  std::size_t hidden_size() const { return weights.hidden_size(3); }

  /// The part of a step that does not depend on the state, for all steps at once: [T, N, D] -> [T, N, 3 H].
  Variable<Scalar> project(Variable<Scalar> inputs) const {
    return linear(inputs, weights.input_weight, weights.input_bias);
  }
  /// One step: projected input [N, 3 H] and previous state -> next state.
  State step(Variable<Scalar> projected, const State& previous) const;

  /// A step by hand, its input [N, D] not yet projected: `state = cell(x, state)`.
  State operator()(Variable<Scalar> x, const State& previous) const { return step(project(x), previous); }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) { RecurrentWeights<Scalar>::members(self.weights, visit); }
};

extern template struct CoupledLstmCell<float>;
extern template struct CoupledLstmCell<double>;
extern template struct CoupledLstmCell<DualNumber>;

}  // namespace unroll::inline v0
