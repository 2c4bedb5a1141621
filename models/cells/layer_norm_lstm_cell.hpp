#pragma once

#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/layers/layer_norm.hpp>

namespace unroll::inline v0 {

/// The layer-normalized LSTM of Ba et al. 2016 (arXiv:1607.06450), equations 20 to 22; LayerNormalized is for any other
/// cell. LN(z) = gain ∘ (z - μ) / √(σ² + ε) + bias, over all 4 H numbers of a product; the two biases of LN add up to
/// the bias b of the paper's gates. The paper divides by σ; here ε keeps U h = 0 finite at the start, where the slope
/// of LN is gain / √ε.
///
///     (i, f, g, o) = LN(U h) + LN(W x)     c' = σ(f) ∘ c + σ(i) ∘ tanh(g)     h' = σ(o) ∘ tanh(LN(c'))
template <class Scalar = float>
struct LayerNormLstmCell {
  using Options = LstmOptions;                     ///< what the constructor takes
  using State = typename LstmCell<Scalar>::State;  ///< what a step takes and returns

  Parameter<Scalar> input_weight;   ///< [4 H, D], gates in the order of LstmCell
  Parameter<Scalar> hidden_weight;  ///< [4 H, R]
  LayerNorm<Scalar> input_norm /**< of W x [4 H] */, hidden_norm /**< of U h [4 H] */;
  LayerNorm<Scalar> cell_norm;  ///< of H

  LayerNormLstmCell() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit LayerNormLstmCell(const LayerNormLstmCell<Other>& other)
      : input_weight(other.input_weight),
        hidden_weight(other.hidden_weight),
        input_norm(other.input_norm),
        hidden_norm(other.hidden_norm),
        cell_norm(other.cell_norm) {}
  /// Draws weights evenly from ±1/√H; gains are 1, and biases 0 except for the forget bias. Throws ArgumentError for
  /// sizes of 0 and for a forget bias that is not finite.
  LayerNormLstmCell(const LstmOptions& options, const Random& random);

  /// H, the width of the hidden state.
  std::size_t hidden_size() const { return cell_norm.weight.shape()[0]; }

  /// The part of a step that does not depend on the state, for all steps at once: [T, N, D] -> [T, N, 4 H].
  Variable<Scalar> project(Variable<Scalar> inputs) const { return input_norm(linear(inputs, input_weight)); }
  /// One step: projected input [N, 4 H] and previous state -> next state.
  State step(Variable<Scalar> projected, const State& previous) const;

  /// A step by hand, its input [N, D] not yet projected: `state = cell(x, state)`.
  State operator()(Variable<Scalar> x, const State& previous) const { return step(project(x), previous); }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) {
    visit("input_weight", self.input_weight);
    visit("hidden_weight", self.hidden_weight);
    visit("input_norm", self.input_norm);
    visit("hidden_norm", self.hidden_norm);
    visit("cell_norm", self.cell_norm);
  }
};

extern template struct LayerNormLstmCell<float>;
extern template struct LayerNormLstmCell<double>;
extern template struct LayerNormLstmCell<DualNumber>;

}  // namespace unroll::inline v0
