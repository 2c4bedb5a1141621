#pragma once

#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/models/sequences/inner_cell.hpp>
#include <unroll/ops/zoneout.hpp>

#include <cstdint>
#include <utility>

namespace unroll::inline v0 {

/// The fractions of units that keep their previous value, each in [0, 1]. The defaults are those of Krueger et al. for
/// LSTMs over characters.
struct ZoneoutRates {
  double hidden = 0.05 /**< of the hidden state */, cell = 0.5 /**< of other Variables, as an LSTM's cell */;
};

/// Zoneout (Krueger et al. 2016, arXiv:1606.01305): while training, each unit of the state keeps its previous value
/// with probability rate, drawn anew at every step; at evaluation it takes the average of both values. If the inner
/// cell's step returns v̂ for a Variable v of the state:
///
///     v' = m ∘ v + (1 - m) ∘ v̂,   m = 1 with probability rate;   at evaluation  v' = rate · v + (1 - rate) · v̂
///
/// A step must keep the shapes of the inner state: put Zoneout around a Projected, not inside. step throws
/// ArgumentError unless the rates are in [0, 1].
template <RecurrentCell Cell>
struct Zoneout {
  using Options = detail::OptionsOf<Cell>;  ///< what the constructor takes
  using State = typename Cell::State;       ///< what a step takes and returns

  Cell inner;          ///< the cell that it modifies
  ZoneoutRates rates;  ///< the fractions that keep their value

  Zoneout() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit Zoneout(const Zoneout<Other>& other) : inner(other.inner), rates(other.rates) {}
  /// Around a cell. Throws ArgumentError unless the rates are in [0, 1].
  explicit Zoneout(Cell cell, const ZoneoutRates& kept = {}) : inner(std::move(cell)), rates(kept) { expect_rates(); }
  /// With an inner cell of these options. Throws ArgumentError unless the rates are in [0, 1].
  Zoneout(const Options& options, const Random& random, const ZoneoutRates& kept = {})
      : inner(options, random), rates(kept) {
    expect_rates();
  }

  /// H, the width of the inner cell's hidden state.
  std::size_t hidden_size() const { return inner.hidden_size(); }

  /// One step of the inner cell, modified (modifiers.hpp).
  template <class Scalar>
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent,
             const StepContext& context) const {
    constexpr std::uint64_t stream = 0x7a6f6e656f7574;  // "zoneout": no step, and no other modifier's
    State next = take_step(inner, input, previous, recurrent, context);
    const auto old = detail::variables_of(input.tape(), previous);
    std::size_t index = 0;
    for_each_variable(next, [&](Variable<Scalar>& variable) {
      const double rate = index == 0 ? rates.hidden : rates.cell;
      variable = context.noise ? zoneout(variable, old[index], rate,
                                         context.noise->split(stream).split(index).split(context.step))
                               : zoneout_mean(variable, old[index], rate);
      ++index;
    });
    return next;
  }

  /// Calls visit(name, member) for every member (module.hpp); the inner cell's keep their names.
  static void members(auto& self, auto&& visit) { Cell::members(self.inner, visit); }

 private:
  void expect_rates() const {
    expect_in("Zoneout", "the rate of the hidden state", rates.hidden, {.high = 1});
    expect_in("Zoneout", "the rate of the cell", rates.cell, {.high = 1});
  }
};

}  // namespace unroll::inline v0
