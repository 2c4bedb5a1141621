#pragma once

#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/sequences/inner_cell.hpp>
#include <unroll/ops/linear.hpp>

#include <utility>

namespace unroll::inline v0 {

/// A cell whose hidden state may be narrower or wider than its units, since the cell uses it in products with weights
/// only: its options have a width `recurrent`. A GRU is none: in z ∘ h, h must be as wide as z.
template <class Cell>
concept UsesHiddenInProductsAlone =
    RecurrentCell<Cell> && !ModifiedCell<Cell> && requires(typename Cell::Options options) {
  options.recurrent;
};

/// Recurrent projection (Sak et al. 2014, arXiv:1402.1128): the hidden state of R numbers is a weight times the outputs
/// of the H units. Around an LSTM it is the LSTMP, which PyTorch has as LSTM with proj_size:
///
///     c', m as in LSTM with h of R numbers;   h' = W_hr m
///
///     Projected<LstmCell<>> cell({.inputs = 40, .hidden = 1024, .recurrent = 256}, random);
///
/// It must be the innermost modifier.
template <UsesHiddenInProductsAlone Cell>
struct Projected {
  using Options = typename Cell::Options;  ///< what the constructor takes
  using State = typename Cell::State;      ///< what a step takes and returns
  using Scalar = detail::ScalarOf<Cell>;   ///< of the cell

  Cell inner;                           ///< the cell that it modifies
  Parameter<Scalar> projection_weight;  ///< [R, H]

  Projected() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit Projected(const Projected<Other>& other) : inner(other.inner), projection_weight(other.projection_weight) {}
  /// Draws the projection evenly from ±1/√H, like the cell's weights. Throws ArgumentError for sizes of 0,
  /// options.recurrent included.
  Projected(const Options& options, const Random& random) : inner(options, random) {
    expect_sizes("Projected", {{"recurrent", options.recurrent}});
    projection_weight = Parameter(uniform_fan_in<Scalar>(random.split(100), {options.recurrent, options.hidden}));
  }

  /// R, the width of the hidden state.
  std::size_t hidden_size() const { return projection_weight.shape()[0]; }
  /// The state before the first step, for `batch` sequences.
  State initial_state(Tape<Scalar>& tape, std::size_t batch) const {
    State state = unroll::initial_state(inner, tape, batch);
    state.hidden = tape.zeros({batch, hidden_size()});
    return state;
  }

  /// One step of the inner cell, modified (modifiers.hpp).
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent,
             const StepContext& context) const {
    State next = take_step(inner, input, previous, recurrent, context);
    next.hidden = linear(next.hidden, projection_weight);
    return next;
  }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) {
    Cell::members(self.inner, visit);
    visit("projection_weight", self.projection_weight);
  }
};

}  // namespace unroll::inline v0
