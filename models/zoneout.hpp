#pragma once

#include <unroll/framework/interval.hpp>
#include <unroll/models/modified_cell.hpp>
#include <unroll/ops/zoneout.hpp>

#include <cstdint>
#include <utility>

namespace unroll::inline v0 {

/// The share of units that keep their previous value: of the hidden state, and of what else the state has (an LSTM's
/// cell). The defaults are those of Krueger et al. for LSTMs over characters.
struct ZoneoutRates {
  double hidden = 0.05, cell = 0.5;
};

/// Zoneout (Krueger et al. 2016, arXiv:1606.01305): while training, each unit of the state keeps its previous value
/// with its rate's probability, decided anew at every step; at evaluation it is the average of the two. With v̂ what the
/// inner cell's step gives for a Variable v of the state:
///
///     v' = m ∘ v + (1 - m) ∘ v̂,   m = 1 with probability rate;   at evaluation  v' = rate · v + (1 - rate) · v̂
///
/// The inner state's Variables keep their shape over a step: put Zoneout around a Projected, not inside. step throws
/// ArgumentError unless the rates are in [0, 1].
template <RecurrentCell Cell>
struct Zoneout {
  using Options = detail::OptionsOf<Cell>;
  using State = typename Cell::State;

  Cell inner;
  ZoneoutRates rates;

  Zoneout() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit Zoneout(const Zoneout<Other>& other) : inner(other.inner), rates(other.rates) {}
  explicit Zoneout(Cell cell, const ZoneoutRates& kept = {}) : inner(std::move(cell)), rates(kept) { expect_rates(); }
  /// With an inner cell of these options.
  Zoneout(const Options& options, const Random& random, const ZoneoutRates& kept = {})
      : inner(options, random), rates(kept) {
    expect_rates();
  }

  std::size_t hidden_size() const { return inner.hidden_size(); }

  template <class Scalar>
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent, const Moment& moment) const {
    constexpr std::uint64_t stream = 0x7a6f6e656f7574;  // "zoneout": no step, and no other modifier's
    State next = take_step(inner, input, previous, recurrent, moment);
    const auto old = detail::variables_of(input.tape(), previous);
    std::size_t index = 0;
    for_each_variable(next, [&](Variable<Scalar>& variable) {
      const double rate = index == 0 ? rates.hidden : rates.cell;
      variable = moment.noise
                     ? zoneout(variable, old[index], rate, moment.noise->split(stream).split(index).split(moment.step))
                     : zoneout_mean(variable, old[index], rate);
      ++index;
    });
    return next;
  }

  static void members(auto& self, auto&& visit) { Cell::members(self.inner, visit); }

 private:
  void expect_rates() const {
    expect_in("Zoneout", "the rate of the hidden state", rates.hidden, {.high = 1});
    expect_in("Zoneout", "the rate of the cell", rates.cell, {.high = 1});
  }
};

}  // namespace unroll::inline v0
