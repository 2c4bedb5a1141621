#pragma once

#include <unroll/models/layers/layer_norm.hpp>
#include <unroll/models/sequences/inner_cell.hpp>

#include <type_traits>
#include <utility>

namespace unroll::inline v0 {

template <RecurrentCell Cell>
struct LayerNormalized;

namespace detail {
template <class Cell>
struct IsNormalized : std::false_type {};
template <class Cell>
struct IsNormalized<LayerNormalized<Cell>> : std::true_type {};
/// Whether a cell, or one in it, is a LayerNormalized.
template <class Cell>
constexpr bool is_normalized() {
  if constexpr (IsNormalized<Cell>::value)
    return true;
  else if constexpr (ModifiedCell<Cell>)
    return is_normalized<std::remove_cvref_t<decltype(std::declval<Cell>().inner)>>();
  else
    return false;
}
}  // namespace detail

/// Layer normalization inside any cell (Ba et al. 2016, arXiv:1607.06450): it normalizes the projected inputs, and the
/// hidden state where it enters the recurrent products. LN(z) = gain ∘ (z - μ) / √(σ² + ε) + bias, over the H (or 4 H,
/// ...) numbers of one sequence at one step. In an LSTM, for example:
///
///     (i, f, g, o) = LN(W x + b) + U LN(h) + b'     c' = σ(f) ∘ c + σ(i) ∘ tanh(g)     h' = σ(o) ∘ tanh(c')
///
/// A modifier cannot see the product U h, which Ba et al. normalize instead; LayerNormLstmCell has their equations to
/// the letter, with LN(c'). The state carried on is not normalized: a GRU's z ∘ h sees h itself. In a cell without
/// project, the inputs are normalized. Where h = 0, at the start, the slope of LN is gain / √ε.
template <RecurrentCell Cell>
struct LayerNormalized {
  static_assert(!detail::is_normalized<Cell>(),
                "what is normalized already: one LayerNormalized is enough, and two would have the same names");
  using Options = detail::OptionsOf<Cell>;         ///< what the constructor takes
  using State = typename Cell::State;              ///< what a step takes and returns
  using Norm = LayerNorm<detail::ScalarOf<Cell>>;  ///< of the cell's scalar

  Cell inner;           ///< the cell that it modifies
  Norm projected_norm;  ///< of the projected inputs
  Norm recurrent_norm;  ///< [H]

  LayerNormalized() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit LayerNormalized(const LayerNormalized<Other>& other)
      : inner(other.inner), projected_norm(other.projected_norm), recurrent_norm(other.recurrent_norm) {}
  /// Around a cell whose inputs have D = `inputs` numbers. Throws ArgumentError for 0.
  LayerNormalized(Cell cell, std::size_t inputs) : inner(std::move(cell)) {
    expect_sizes("LayerNormalized", {{"inputs", inputs}});
    Tape<detail::ScalarOf<Cell>> tape(Recording::values);
    projected_norm = Norm(project_inputs(inner, tape.zeros({1, 1, inputs})).shape().back());
    recurrent_norm = Norm(initial_state(inner, tape, 1).hidden.shape().back());
  }
  /// With an inner cell of these options. Throws what its constructor throws.
  LayerNormalized(const Options& options, const Random& random)
      : LayerNormalized(Cell(options, random), options.inputs) {}

  /// H, the width of the inner cell's hidden state.
  std::size_t hidden_size() const { return inner.hidden_size(); }

  /// The inner cell's projected inputs, normalized.
  template <class Scalar>
  Variable<Scalar> project(Variable<Scalar> inputs) const {
    return projected_norm(project_inputs(inner, inputs));
  }
  /// One step of the inner cell, modified (modifiers.hpp).
  template <class Scalar>
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent,
             const StepContext& context) const {
    return take_step(inner, input, previous, recurrent_norm(recurrent), context);
  }

  /// The inner cell's members keep their names, so that its files can be loaded.
  static void members(auto& self, auto&& visit) {
    Cell::members(self.inner, visit);
    visit("projected_norm", self.projected_norm);
    visit("recurrent_norm", self.recurrent_norm);
  }
};

}  // namespace unroll::inline v0
