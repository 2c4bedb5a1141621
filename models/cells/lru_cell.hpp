#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/linear.hpp>

#include <numbers>

namespace unroll::inline v0 {

/// The sizes of an LruCell, and the ring in the complex plane from which its eigenvalues are drawn.
struct LruOptions {
  std::size_t inputs /**< D */, hidden /**< H */;
  double least_radius = 0.9;                    ///< r_min of the paper: the smallest |λ|
  double largest_radius = 0.999;                ///< r_max: the nearer to 1, the longer a new cell remembers
  double largest_phase = 2 * std::numbers::pi;  ///< the phases of λ are drawn from 0 to this
};

/// The linear recurrent unit (Orvieto et al. 2023, arXiv:2303.06349): a state s of H complex numbers, each of which
/// turns and fades at its own pace.
///
///     λ = exp(-exp(ν) + i exp(θ))    s' = λ ∘ s + exp(γ) ∘ (B x)    y = Re(C s') + D x
///
/// |λ| < 1 whatever ν is, so that the state never grows without bound. exp(γ) starts as √(1 - |λ|²), with which s stays
/// about as large as x. The hidden state is y, which no later step sees. The cell is linear: the paper puts a nonlinear
/// layer behind each one, and layers of it alone are together as linear as one.
template <class Scalar = float>
struct LruCell {
  using Options = LruOptions;  ///< what the constructor takes
  /// y and s.
  struct State {
    Variable<Scalar> hidden /**< y [N, H] */, real /**< Re s [N, H] */, imaginary /**< Im s [N, H] */;
  };

  Parameter<Scalar> input_weight;      ///< [3 H, D]: blocks of H rows, Re B, Im B and D
  Parameter<Scalar> real_weight;       ///< Re C [H, H]
  Parameter<Scalar> imaginary_weight;  ///< -Im C [H, H], so that the products are added
  Parameter<Scalar> decay;             ///< ν [H]
  Parameter<Scalar> phase;             ///< θ [H]
  Parameter<Scalar> scale;             ///< γ [H]

  LruCell() = default;
  /// Draws λ evenly from the ring (lemma 3.2 of the paper), and normally distributed weights: B of variance 1 / (2 D),
  /// D of 1 / D, C of 1 / H. Throws ArgumentError for sizes of 0, a largest radius that is not in (0, 1), a least one
  /// that is not in [0, largest radius], and a largest phase that is not in (0, 2 π].
  LruCell(const LruOptions& options, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit LruCell(const LruCell<Other>& other)
      : input_weight(other.input_weight),
        real_weight(other.real_weight),
        imaginary_weight(other.imaginary_weight),
        decay(other.decay),
        phase(other.phase),
        scale(other.scale) {}

  /// H, the width of the hidden state, and of the complex one.
  std::size_t hidden_size() const { return decay.shape()[0]; }

  /// The part of a step that does not depend on the state, for all steps at once: [T, N, D] -> [T, N, 3 H].
  Variable<Scalar> project(Variable<Scalar> inputs) const { return linear(inputs, input_weight); }
  /// One step: projected input [N, 3 H] and previous state -> next state.
  State step(Variable<Scalar> projected, const State& previous) const;

  /// A step by hand, its input [N, D] not yet projected: `state = cell(x, state)`.
  State operator()(Variable<Scalar> x, const State& previous) const { return step(project(x), previous); }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) {
    visit("input_weight", self.input_weight);
    visit("real_weight", self.real_weight);
    visit("imaginary_weight", self.imaginary_weight);
    visit("decay", self.decay);
    visit("phase", self.phase);
    visit("scale", self.scale);
  }
};

extern template struct LruCell<float>;
extern template struct LruCell<double>;
extern template struct LruCell<DualNumber>;

}  // namespace unroll::inline v0
