#pragma once

#include <unroll/models/cells/recurrent_weights.hpp>
#include <unroll/ops/linear.hpp>

namespace unroll::inline v0 {

/// The sizes of an LSTM, and how it starts.
struct LstmOptions {
  std::size_t inputs /**< D */, hidden /**< H */;
  /// Added to the forget gate's bias at the start: 1 lets a new cell remember (Gers et al. 2000; Jozefowicz et al.
  /// 2015).
  double forget_bias = 0;
  /// R, the width of the hidden state that a Projected cell carries on; 0: H.
  std::size_t recurrent = 0;
};

/// Long short-term memory (Hochreiter and Schmidhuber 1997) with the forget gate of Gers et al. 2000, no peepholes.
/// The gates are blocks of H rows of the weights, in the order input, forget, candidate, output.
///
///     i = σ(Wᵢ x + Uᵢ h + bᵢ)   f = σ(W_f x + U_f h + b_f)   g = tanh(W_g x + U_g h + b_g)   o = σ(Wₒ x + Uₒ h + bₒ)
///     c' = f ∘ c + i ∘ g         h' = o ∘ tanh(c')
template <class Scalar = float>
struct LstmCell {
  using Options = LstmOptions;  ///< what the constructor takes
  /// h and c.
  struct State {
    Variable<Scalar> hidden /**< h [N, H]; [N, R] in a Projected cell */, cell /**< c [N, H] */;
  };

  RecurrentWeights<Scalar> weights;  ///< the weights of all gates

  LstmCell() = default;
  /// Draws weights and biases evenly from ±1/√H, as PyTorch does, and adds the forget bias. Throws ArgumentError for
  /// sizes of 0 and for a forget bias that is not finite.
  LstmCell(const LstmOptions& options, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit LstmCell(const LstmCell<Other>& other) : weights(other.weights) {}

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
  static void members(auto& self, auto&& visit) { RecurrentWeights<Scalar>::members(self.weights, visit); }
};

extern template struct LstmCell<float>;
extern template struct LstmCell<double>;
extern template struct LstmCell<DualNumber>;

}  // namespace unroll::inline v0
