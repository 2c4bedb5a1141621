#pragma once

#include <unroll/framework/initializer.hpp>
#include <unroll/models/modified_cell.hpp>
#include <unroll/models/sizes.hpp>
#include <unroll/ops/linear.hpp>

#include <utility>

namespace unroll::inline v0 {

/// A cell whose hidden state may have another width than its units, since it uses it in products with weights alone:
/// its options have a width `recurrent`. A GRU's have not: z ∘ h wants h as wide as z.
template <class Cell>
concept UsesHiddenInProductsAlone =
    RecurrentCell<Cell> && !ModifiedCell<Cell> && requires(typename Cell::Options options) {
  options.recurrent;
};

/// Recurrent projection (Sak et al. 2014, arXiv:1402.1128): the hidden state, of R numbers, is a product with what the
/// H units give. Of an LSTM it makes the LSTMP; PyTorch's LSTM with proj_size is the same:
///
///     c', m as in LSTM with h of R numbers;   h' = W_hr m
///
///     Projected<LstmCell<>> cell({.inputs = 40, .hidden = 1024, .recurrent = 256}, random);
///
/// It stands next to its cell, and other modifiers around it.
template <UsesHiddenInProductsAlone Cell>
struct Projected {
  using Options = typename Cell::Options;
  using State = typename Cell::State;
  using Scalar = detail::ScalarOf<Cell>;

  Cell inner;
  Parameter<Scalar> projection_weight;  // [R, H]

  Projected() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit Projected(const Projected<Other>& other) : inner(other.inner), projection_weight(other.projection_weight) {}
  /// Drawn evenly from ±1/√H, as all of the cell's weights. Throws ArgumentError for sizes of 0, options.recurrent
  /// included.
  Projected(const Options& options, const Random& random) : inner(options, random) {
    expect_sizes("Projected", {{"recurrent", options.recurrent}});
    projection_weight = Parameter(uniform_fan_in<Scalar>(random.split(100), {options.recurrent, options.hidden}));
  }

  /// R.
  std::size_t hidden_size() const { return projection_weight.shape()[0]; }
  State initial_state(Tape<Scalar>& tape, std::size_t batch) const {
    State state = unroll::initial_state(inner, tape, batch);
    state.hidden = tape.zeros({batch, hidden_size()});
    return state;
  }

  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent, const Moment& moment) const {
    State next = take_step(inner, input, previous, recurrent, moment);
    next.hidden = linear(next.hidden, projection_weight);
    return next;
  }

  static void members(auto& self, auto&& visit) {
    Cell::members(self.inner, visit);
    visit("projection_weight", self.projection_weight);
  }
};

}  // namespace unroll::inline v0
