#pragma once

#include <unroll/models/cells/exponential_gates.hpp>
#include <unroll/models/cells/recurrent_weights.hpp>
#include <unroll/ops/linear.hpp>

namespace unroll::inline v0 {

/// The sizes of an SLstmCell, and how it starts.
struct SLstmOptions {
  std::size_t inputs /**< D */, hidden /**< H */;
  ForgetGate forget = ForgetGate::sigmoid;  ///< which of the two networks; shapes do not tell which one a file holds
  /// Added to the forget gate's bias at the start: above 0 lets a new cell remember.
  double forget_bias = 0;
  /// R, the width of the hidden state that a Projected cell carries on; 0: H.
  std::size_t recurrent = 0;
};

/// The scalar LSTM of xLSTM (Beck et al. 2024, arXiv:2405.04517, equations 8 to 17): its input gate is exponential, and
/// a normalizer n adds up the gates, so that c / n is a weighted mean of all candidates. Gates are blocks of H rows, in
/// the order input, forget, candidate, output; the recurrent weight is full, which is one head in the paper's words.
///
///     i = exp(a)    log f = log σ(b) or b    g = tanh(W_g x + U_g h + b_g)    o = σ(Wₒ x + Uₒ h + bₒ)
///     m' = max(log f + m, a)    c' = exp(log f + m - m') c + exp(a - m') g    n' = exp(log f + m - m') n + exp(a - m')
///     h' = o ∘ c' / n'
///
/// with a = Wᵢ x + Uᵢ h + bᵢ and b = W_f x + U_f h + b_f. The stabilizer m only keeps c and n in range: what they stand
/// for is c exp(m) and n exp(m). So no h depends on how m is chosen, and its gradients cancel; the cell keeps them,
/// since a loss may also read the state. Where n is not above 0, nothing has been written yet: then m' = a, and n' = 1.
/// From then on n >= 1, so that nothing is divided by 0. Modifiers that change c, n and m each for itself, as
/// StateClipped and Zoneout of cells do, break what they stand for.
template <class Scalar = float>
struct SLstmCell {
  using Options = SLstmOptions;  ///< what the constructor takes
  /// h, c, n and m.
  struct State {
    Variable<Scalar> hidden /**< h [N, H]; [N, R] in a Projected cell */, cell /**< c [N, H] */;
    Variable<Scalar> normalizer /**< n [N, H] */, stabilizer /**< m [N, H] */;
  };

  RecurrentWeights<Scalar> weights;         ///< the weights of all gates
  ForgetGate forget = ForgetGate::sigmoid;  ///< which of the two networks

  SLstmCell() = default;
  /// Draws weights and biases evenly from ±1/√H, and adds the forget bias. Throws ArgumentError for sizes of 0 and for
  /// a forget bias that is not finite.
  SLstmCell(const SLstmOptions& options, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit SLstmCell(const SLstmCell<Other>& other) : weights(other.weights), forget(other.forget) {}

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

extern template struct SLstmCell<float>;
extern template struct SLstmCell<double>;
extern template struct SLstmCell<DualNumber>;

}  // namespace unroll::inline v0
