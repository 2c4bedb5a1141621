#pragma once

#include <unroll/models/cells/lstm_cell.hpp>

namespace unroll::inline v0 {

/// An LSTM whose gates see its cell: the peepholes of Gers and Schmidhuber 2000, in the form of Graves 2013
/// (arXiv:1308.0850, equations 7 to 11), one weight for each unit. The output gate sees the new cell, the others the
/// old one.
///
///     i = σ(Wᵢ x + Uᵢ h + pᵢ ∘ c + bᵢ)   f = σ(W_f x + U_f h + p_f ∘ c + b_f)   g = tanh(W_g x + U_g h + b_g)
///     c' = f ∘ c + i ∘ g     o = σ(Wₒ x + Uₒ h + pₒ ∘ c' + bₒ)     h' = o ∘ tanh(c')
template <class Scalar = float>
struct PeepholeLstmCell {
  using Options = LstmOptions;                     ///< what the constructor takes
  using State = typename LstmCell<Scalar>::State;  ///< what a step takes and returns

  RecurrentWeights<Scalar> weights;  ///< gates in the order of LstmCell
  Parameter<Scalar> peephole;        ///< [3, H]: input, forget, output gate

  PeepholeLstmCell() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit PeepholeLstmCell(const PeepholeLstmCell<Other>& other) : weights(other.weights), peephole(other.peephole) {}
  /// Draws peepholes, weights and biases evenly from ±1/√H, and adds the forget bias. Throws ArgumentError for sizes of
  /// 0 and for a forget bias that is not finite.
  PeepholeLstmCell(const LstmOptions& options, const Random& random);

  /// H, the width of the hidden state.
  std::size_t hidden_size() const { return weights.hidden_size(4); }

  /// The part of a step that does not depend on the state, for all steps at once: [T, N, D] -> [T, N, 4 H].
  Variable<Scalar> project(Variable<Scalar> inputs) const {
    return linear(inputs, weights.input_weight, weights.input_bias);
  }
  /// One step: projected input [N, 4 H] and previous state -> next state.
  State step(Variable<Scalar> projected, const State& previous) const;

  /// A step by hand, its input [N, D] not yet projected: `state = cell(x, state)`.
  State operator()(Variable<Scalar> x, const State& previous) const { return step(project(x), previous); }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) {
    RecurrentWeights<Scalar>::members(self.weights, visit);
    visit("peephole", self.peephole);
  }
};

extern template struct PeepholeLstmCell<float>;
extern template struct PeepholeLstmCell<double>;
extern template struct PeepholeLstmCell<DualNumber>;

}  // namespace unroll::inline v0
