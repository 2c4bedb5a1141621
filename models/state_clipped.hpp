#pragma once

#include <unroll/models/modified_cell.hpp>
#include <unroll/ops/activations.hpp>

#include <utility>

namespace unroll::inline v0 {

namespace detail {
/// Throws ArgumentError unless the limit is positive.
void expect_limit(double limit);
}  // namespace detail

/// Holds every number of the state within ±limit after each step (Sak et al. 2014 clip an LSTM's cell at 50): what
/// leaves it gets no gradient. With v̂ what the inner cell's step gives for a Variable v of the state, v' = min(max(v̂,
/// -limit), limit); an LSTM's h' is made of the cell before it is clipped. step throws ArgumentError unless the limit
/// is positive.
template <RecurrentCell Cell>
struct StateClipped {
  using Options = detail::OptionsOf<Cell>;
  using State = typename Cell::State;

  Cell inner;
  double limit = 50;

  StateClipped() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit StateClipped(const StateClipped<Other>& other) : inner(other.inner), limit(other.limit) {}
  explicit StateClipped(Cell cell, double largest = 50) : inner(std::move(cell)), limit(largest) {
    detail::expect_limit(limit);
  }
  /// With an inner cell of these options.
  StateClipped(const Options& options, const Random& random, double largest = 50)
      : inner(options, random), limit(largest) {
    detail::expect_limit(limit);
  }

  std::size_t hidden_size() const { return inner.hidden_size(); }

  template <class Scalar>
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent, const Moment& moment) const {
    detail::expect_limit(limit);
    State next = take_step(inner, input, previous, recurrent, moment);
    const auto largest = static_cast<Scalar>(limit);
    for_each_variable(next, [&](Variable<Scalar>& variable) { variable = clamp(variable, -largest, largest); });
    return next;
  }

  static void members(auto& self, auto&& visit) { Cell::members(self.inner, visit); }
};

}  // namespace unroll::inline v0
