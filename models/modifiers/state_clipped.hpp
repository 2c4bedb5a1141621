#pragma once

#include <unroll/models/sequences/inner_cell.hpp>
#include <unroll/ops/activations.hpp>

#include <utility>

namespace unroll::inline v0 {

namespace detail {
/// Throws ArgumentError unless the limit is positive.
void expect_limit(double limit);
}  // namespace detail

/// Holds every number of the state within ±limit after each step (Sak et al. 2014 clip an LSTM's cell at 50); a number
/// outside gets no gradient. If the inner cell's step returns v̂ for a Variable v of the state, v' is min(max(v̂,
/// -limit), limit); an LSTM's h' is made of the cell before it is clipped. step throws ArgumentError unless the limit
/// is positive.
template <RecurrentCell Cell>
struct StateClipped {
  using Options = detail::OptionsOf<Cell>;  ///< what the constructor takes
  using State = typename Cell::State;       ///< what a step takes and returns

  Cell inner;         ///< the cell that it modifies
  double limit = 50;  ///< the largest magnitude of a number in the state

  StateClipped() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit StateClipped(const StateClipped<Other>& other) : inner(other.inner), limit(other.limit) {}
  /// Around a cell. Throws ArgumentError unless the limit is positive.
  explicit StateClipped(Cell cell, double largest = 50) : inner(std::move(cell)), limit(largest) {
    detail::expect_limit(limit);
  }
  /// With an inner cell of these options. Throws ArgumentError unless the limit is positive.
  StateClipped(const Options& options, const Random& random, double largest = 50)
      : inner(options, random), limit(largest) {
    detail::expect_limit(limit);
  }

  /// H, the width of the inner cell's hidden state.
  std::size_t hidden_size() const { return inner.hidden_size(); }

  /// One step of the inner cell, modified (modifiers.hpp).
  template <class Scalar>
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent,
             const StepContext& context) const {
    detail::expect_limit(limit);
    State next = take_step(inner, input, previous, recurrent, context);
    const auto largest = static_cast<Scalar>(limit);
    for_each_variable(next, [&](Variable<Scalar>& variable) { variable = clamp(variable, -largest, largest); });
    return next;
  }

  /// Calls visit(name, member) for every member (module.hpp); the inner cell's keep their names.
  static void members(auto& self, auto&& visit) { Cell::members(self.inner, visit); }
};

}  // namespace unroll::inline v0
