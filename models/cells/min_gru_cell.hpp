#pragma once

#include <unroll/models/cells/input_weights.hpp>
#include <unroll/models/cells/min_candidate.hpp>
#include <unroll/models/sequences/state.hpp>

namespace unroll::inline v0 {

/// The sizes of a MinGruCell, and how it starts.
struct MinGruOptions {
  std::size_t inputs /**< D */, hidden /**< H */;
  MinCandidate candidate = MinCandidate::above_zero;  ///< which of the two networks
  /// Added to the update gate's bias at the start: below 0 lets a new cell remember.
  double update_bias = 0;
};

/// The minimal GRU (Feng et al. 2024, arXiv:2410.01201, section 3.1): a GRU without a reset gate, whose update gate and
/// candidate do not see the state. Gates are blocks of H rows, in the order update, candidate.
///
///     z = σ(W_z x + b_z)    n = g(W_n x + b_n)    h' = (1 - z) ∘ h + z ∘ n
///
/// with g as MinCandidate says. Here z lets the new in; in GruCell it keeps the old.
template <class Scalar = float>
struct MinGruCell {
  using Options = MinGruOptions;      ///< what the constructor takes
  using State = HiddenState<Scalar>;  ///< what a step takes and returns

  InputWeights<Scalar> weights;                       ///< the weights of both gates
  MinCandidate candidate = MinCandidate::above_zero;  ///< which of the two networks

  MinGruCell() = default;
  /// Draws weights and biases evenly from ±1/√D, and adds the update bias. Throws ArgumentError for sizes of 0 and for
  /// an update bias that is not finite.
  MinGruCell(const MinGruOptions& options, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit MinGruCell(const MinGruCell<Other>& other) : weights(other.weights), candidate(other.candidate) {}

  /// H, the width of the hidden state.
  std::size_t hidden_size() const { return weights.hidden_size(2); }

  /// All products, which do not depend on the state: [T, N, D] -> [T, N, 2 H].
  Variable<Scalar> project(Variable<Scalar> inputs) const { return weights(inputs); }
  /// One step: projected input [N, 2 H] and previous state -> next state.
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

extern template struct MinGruCell<float>;
extern template struct MinGruCell<double>;
extern template struct MinGruCell<DualNumber>;

}  // namespace unroll::inline v0
