#pragma once

#include <unroll/models/cells/exponential_gates.hpp>
#include <unroll/models/cells/input_weights.hpp>

namespace unroll::inline v0 {

/// The sizes of an MLstmCell, and how it starts.
struct MLstmOptions {
  std::size_t inputs /**< D */, hidden /**< H */;
  std::size_t heads = 1;                    ///< K, which divides H; the larger, the smaller the memory, H H / K
  ForgetGate forget = ForgetGate::sigmoid;  ///< which of the two networks; shapes do not tell which one a file holds
  /// Added to the forget gates' bias at the start: above 0 lets a new cell remember.
  double forget_bias = 0;
};

/// The matrix LSTM of xLSTM (Beck et al. 2024, arXiv:2405.04517, equations 19 to 27): each of K heads, of P = H / K
/// numbers, stores values under keys in a matrix C, and reads it with a query. No gate sees the hidden state. For a
/// head, with pre-activations a and b of its two gates, which are one number each:
///
///     q = W_q x + b_q    k = (W_k x + b_k) / √P    v = W_v x + b_v    o = σ(Wₒ x + bₒ)    log f = log σ(b) or b
///     m' = max(log f + m, a)    i' = exp(a - m')    f' = exp(log f + m - m')
///     C' = f' C + i' v kᵀ    n' = f' n + i' k    h' = o ∘ C' q / max(|n'ᵀ q|, exp(-m'))
///
/// The stabilizer m only keeps C and n in range: what they stand for is C exp(m) and n exp(m), and h' is the paper's,
/// o ∘ C q / max(|nᵀ q|, 1) of these. So no h depends on how m is chosen, and its gradients cancel; the cell keeps
/// them, since a loss may also read the state. exp(-m') is held within exp(±80), where float has it, so that a query
/// which reads nothing is not 0 / 0. Modifiers that change C, n and m each for itself, as StateClipped and Zoneout of
/// cells do, break what they stand for.
template <class Scalar = float>
struct MLstmCell {
  using Options = MLstmOptions;  ///< what the constructor takes
  /// h, C, n and m.
  struct State {
    Variable<Scalar> hidden /**< h [N, H] */, memory /**< C [N, K, P, P], values by keys */;
    Variable<Scalar> normalizer /**< n [N, K, P] */, stabilizer /**< m [N, K] */;
  };

  InputWeights<Scalar> weights;             ///< query, key, value and output gate: blocks of H rows
  Parameter<Scalar> gate_weight;            ///< [2 K, D]: input gates, forget gates
  Parameter<Scalar> gate_bias;              ///< [2 K]
  ForgetGate forget = ForgetGate::sigmoid;  ///< which of the two networks

  MLstmCell() = default;
  /// Draws weights and biases evenly from ±1/√D, and adds the forget bias. Throws ArgumentError for sizes of 0, for
  /// heads that do not divide H, and for a forget bias that is not finite.
  MLstmCell(const MLstmOptions& options, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit MLstmCell(const MLstmCell<Other>& other)
      : weights(other.weights), gate_weight(other.gate_weight), gate_bias(other.gate_bias), forget(other.forget) {}

  /// H, the width of the hidden state.
  std::size_t hidden_size() const { return weights.hidden_size(4); }
  /// K.
  std::size_t heads() const { return gate_bias.shape()[0] / 2; }
  /// An empty memory for `batch` sequences: zeros, and an m so low that the first step sets the scale.
  State initial_state(Tape<Scalar>& tape, std::size_t batch) const;

  /// All products, which do not depend on the state: [T, N, D] -> [T, N, 4 H + 2 K].
  Variable<Scalar> project(Variable<Scalar> inputs) const;
  /// One step: projected input [N, 4 H + 2 K] and previous state -> next state.
  State step(Variable<Scalar> projected, const State& previous) const;

  /// A step by hand, its input [N, D] not yet projected: `state = cell(x, state)`.
  State operator()(Variable<Scalar> x, const State& previous) const { return step(project(x), previous); }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) {
    InputWeights<Scalar>::members(self.weights, visit);
    visit("gate_weight", self.gate_weight);
    visit("gate_bias", self.gate_bias);
  }
};

extern template struct MLstmCell<float>;
extern template struct MLstmCell<double>;
extern template struct MLstmCell<DualNumber>;

}  // namespace unroll::inline v0
