#pragma once

#include <unroll/models/cells/input_weights.hpp>
#include <unroll/models/cells/min_candidate.hpp>
#include <unroll/models/sequences/state.hpp>

namespace unroll::inline v0 {

/// The sizes of a MinLstmCell, and how it starts.
struct MinLstmOptions {
  std::size_t inputs /**< D */, hidden /**< H */;
  MinCandidate candidate = MinCandidate::above_zero;  ///< which of the two networks
  /// Added to the forget gate's bias at the start: above 0 lets a new cell remember.
  double forget_bias = 0;
};

/// The minimal LSTM (Feng et al. 2024, arXiv:2410.01201, section 3.2): an LSTM without cell and output gate, whose
/// gates do not see the state and add up to 1. Gates are blocks of H rows, in the order input, forget, candidate.
///
///     i = σ(Wᵢ x + bᵢ)    f = σ(W_f x + b_f)    n = g(W_n x + b_n)    h' = f / (f + i) ∘ h + i / (f + i) ∘ n
///
/// with g as MinCandidate says. f / (f + i) is computed as σ(log f - log i), since f + i of closed gates would be 0.
template <class Scalar = float>
struct MinLstmCell {
  using Options = MinLstmOptions;     ///< what the constructor takes
  using State = HiddenState<Scalar>;  ///< what a step takes and returns

  InputWeights<Scalar> weights;                       ///< the weights of all gates
  MinCandidate candidate = MinCandidate::above_zero;  ///< which of the two networks

  MinLstmCell() = default;
  /// Draws weights and biases evenly from ±1/√D, and adds the forget bias. Throws ArgumentError for sizes of 0 and for
  /// a forget bias that is not finite.
  MinLstmCell(const MinLstmOptions& options, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit MinLstmCell(const MinLstmCell<Other>& other) : weights(other.weights), candidate(other.candidate) {}

  /// H, the width of the hidden state.
  std::size_t hidden_size() const { return weights.hidden_size(3); }

  /// All products, which do not depend on the state: [T, N, D] -> [T, N, 3 H].
  Variable<Scalar> project(Variable<Scalar> inputs) const { return weights(inputs); }
  /// One step: projected input [N, 3 H] and previous state -> next state.
  State step(Variable<Scalar> projected, const State& previous) const;
  /// The same: there are no recurrent products that `recurrent` could enter. For modifiers.
  State step(Variable<Scalar> projected, const State& previous, Variable<Scalar>) const {
    return step(projected, previous);
  }

  /// A step by hand, its input [N, D] not yet projected: `state = cell(x, state)`.
  State operator()(Variable<Scalar> x, const State& previous) const { return step(project(x), previous); }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) { InputWeights<Scalar>::members(self.weights, visit); }
};

extern template struct MinLstmCell<float>;
extern template struct MinLstmCell<double>;
extern template struct MinLstmCell<DualNumber>;

}  // namespace unroll::inline v0
