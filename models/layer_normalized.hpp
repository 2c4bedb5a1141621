#pragma once

#include <unroll/models/layer_norm.hpp>
#include <unroll/models/modified_cell.hpp>

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

/// Layer normalisation inside any cell (Ba et al. 2016, arXiv:1607.06450): of what the cell projects from the inputs,
/// and of the hidden state where it enters the recurrent products. LN(z) = gain ∘ (z - μ) / √(σ² + ε) + bias, over the
/// H (or 4 H, ...) numbers of one sequence at one step. In an LSTM, for one:
///
///     (i, f, g, o) = LN(W x + b) + U LN(h) + b'     c' = σ(f) ∘ c + σ(i) ∘ tanh(g)     h' = σ(o) ∘ tanh(c')
///
/// A wrapper cannot see the product U h, which Ba et al. normalise in its stead: what they wrote, to the letter and
/// with LN(c'), is LayerNormLstmCell. The state carried on is not normalised: a GRU's z ∘ h sees h itself. Of a cell
/// that does not project, the inputs are normalised. Where h = 0, at the start, the slope of LN is gain / √ε.
template <RecurrentCell Cell>
struct LayerNormalized {
  static_assert(!detail::is_normalized<Cell>(),
                "what is normalised already: one LayerNormalized is enough, and two would have the same names");
  using Options = detail::OptionsOf<Cell>;
  using State = typename Cell::State;
  using Norm = LayerNorm<detail::ScalarOf<Cell>>;

  Cell inner;
  Norm projected_norm;  // of what the cell projects
  Norm recurrent_norm;  // [H]

  LayerNormalized() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit LayerNormalized(const LayerNormalized<Other>& other)
      : inner(other.inner), projected_norm(other.projected_norm), recurrent_norm(other.recurrent_norm) {}
  /// For inputs of so many features. Throws ArgumentError for none.
  LayerNormalized(Cell cell, std::size_t inputs) : inner(std::move(cell)) {
    expect_sizes("LayerNormalized", {{"inputs", inputs}});
    Tape<detail::ScalarOf<Cell>> tape(Recording::values);
    projected_norm = Norm(project_inputs(inner, tape.zeros({1, 1, inputs})).shape().back());
    recurrent_norm = Norm(initial_state(inner, tape, 1).hidden.shape().back());
  }
  /// With an inner cell of these options.
  LayerNormalized(const Options& options, const Random& random)
      : LayerNormalized(Cell(options, random), options.inputs) {}

  std::size_t hidden_size() const { return inner.hidden_size(); }

  template <class Scalar>
  Variable<Scalar> project(Variable<Scalar> inputs) const {
    return projected_norm(project_inputs(inner, inputs));
  }
  template <class Scalar>
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent, const Moment& moment) const {
    return take_step(inner, input, previous, recurrent_norm(recurrent), moment);
  }

  /// The inner cell's under their own names, so that its files fit.
  static void members(auto& self, auto&& visit) {
    Cell::members(self.inner, visit);
    visit("projected_norm", self.projected_norm);
    visit("recurrent_norm", self.recurrent_norm);
  }
};

}  // namespace unroll::inline v0
