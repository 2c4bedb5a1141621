#pragma once

#include <unroll/models/cells/recurrent_weights.hpp>
#include <unroll/models/sequences/state.hpp>
#include <unroll/ops/linear.hpp>

namespace unroll::inline v0 {

/// Where a GRU applies its reset gate. The two are different networks: weights of one are of no use to the other.
enum class GruReset {
  /// n = tanh(W x + b + r ∘ (U h + b')): PyTorch, cuDNN, Keras by default, oneDNN's lbr_gru; ONNX' linear_before_reset.
  after_product,
  /// n = tanh(W x + b + U (r ∘ h) + b'): Cho et al. 2014 as most often read; ONNX by default.
  before_product,
};

/// The sizes of a GruCell, and how it starts.
struct GruOptions {
  std::size_t inputs /**< D */, hidden /**< H */;
  GruReset reset = GruReset::after_product;  ///< which of the two networks
  /// Added to the update gate's bias at the start: above 0 lets a new cell remember, as an LSTM's forget bias does.
  double update_bias = 0;
};

/// Gated recurrent unit (Cho et al. 2014, arXiv:1406.1078). The gates are blocks of H rows of the weights, in the order
/// reset, update, candidate.
///
///     r = σ(W_r x + U_r h + b_r)    z = σ(W_z x + U_z h + b_z)    h' = (1 - z) ∘ n + z ∘ h
///
/// with n as GruReset says. Some texts exchange z and 1 - z.
template <class Scalar = float>
struct GruCell {
  using Options = GruOptions;         ///< what the constructor takes
  using State = HiddenState<Scalar>;  ///< what a step takes and returns

  RecurrentWeights<Scalar> weights;          ///< the weights of all gates
  GruReset reset = GruReset::after_product;  ///< which of the two networks

  GruCell() = default;
  /// Draws weights and biases evenly from ±1/√H, as PyTorch does, and adds the update bias. Throws ArgumentError for
  /// sizes of 0 and for an update bias that is not finite.
  GruCell(const GruOptions& options, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit GruCell(const GruCell<Other>& other) : weights(other.weights), reset(other.reset) {}

  /// H, the width of the hidden state.
  std::size_t hidden_size() const { return weights.hidden_size(3); }

  /// The part of a step that does not depend on the state, for all steps at once: [T, N, D] -> [T, N, 3 H].
  Variable<Scalar> project(Variable<Scalar> inputs) const {
    return linear(inputs, weights.input_weight, weights.input_bias);
  }
  /// One step: projected input [N, 3 H] and previous state -> next state.
  State step(Variable<Scalar> projected, const State& previous) const {
    return step(projected, previous, previous.hidden);
  }
  /// The same with `recurrent` [N, H] in place of h in the products, but not in z ∘ h: for modifiers.
  State step(Variable<Scalar> projected, const State& previous, Variable<Scalar> recurrent) const {
    return reset == GruReset::after_product ? step_reset_after(projected, previous, recurrent)
                                            : step_reset_before(projected, previous, recurrent);
  }

  /// A step by hand, its input [N, D] not yet projected: `state = cell(x, state)`.
  State operator()(Variable<Scalar> x, const State& previous) const { return step(project(x), previous); }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) { RecurrentWeights<Scalar>::members(self.weights, visit); }

 private:
  State step_reset_after(Variable<Scalar> projected, const State& previous, Variable<Scalar> recurrent) const;
  State step_reset_before(Variable<Scalar> projected, const State& previous, Variable<Scalar> recurrent) const;
};

extern template struct GruCell<float>;
extern template struct GruCell<double>;
extern template struct GruCell<DualNumber>;

}  // namespace unroll::inline v0
