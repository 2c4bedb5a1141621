#pragma once

#include <unroll/models/modified_cell.hpp>
#include <unroll/ops/dropout.hpp>

#include <cstdint>
#include <utility>

namespace unroll::inline v0 {

/// The shares that are dropped: of the inputs, and of the hidden state where it enters the recurrent products.
struct VariationalRates {
  double inputs = 0.25, hidden = 0.25;
};

/// Dropout with one mask for a whole sequence (Gal and Ghahramani 2016, arXiv:1512.05287, with tied weights: one mask
/// for all gates): every step sees x ∘ m_x, and h ∘ m_h in the products with its recurrent weights, with masks that are
/// 0 with probability rate, and 1 / (1 - rate) otherwise. The state itself is not dropped: a cell c, and what a GRU
/// carries over by z ∘ h, stay whole. Nothing happens at evaluation.
///
/// The inputs are dropped by unroll, before they are projected: whoever takes steps by hand drops them by hand. unroll
/// throws ArgumentError unless the rates are in [0, 1).
template <RecurrentCell Cell>
struct VariationalDropout {
  using Options = detail::OptionsOf<Cell>;
  using State = typename Cell::State;

  Cell inner;
  VariationalRates rates;

  VariationalDropout() = default;
  explicit VariationalDropout(Cell cell, const VariationalRates& dropped = {})
      : inner(std::move(cell)), rates(dropped) {}
  /// With an inner cell of these options.
  VariationalDropout(const Options& options, const Random& random, const VariationalRates& dropped = {})
      : inner(options, random), rates(dropped) {}

  std::size_t hidden_size() const { return inner.hidden_size(); }

  template <class Scalar>
  Variable<Scalar> around(Variable<Scalar> inputs, const Noise& noise, const auto& steps) const {
    const auto seen = noise ? sequence_dropout(inputs, rates.inputs, noise->split(stream).split(0)) : inputs;
    return detail::around(inner, seen, noise, steps);
  }
  template <class Scalar>
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent, const Moment& moment) const {
    const auto seen = moment.noise ? dropout(recurrent, rates.hidden, moment.noise->split(stream).split(1)) : recurrent;
    return take_step(inner, input, previous, seen, moment);
  }

  static void members(auto& self, auto&& visit) { Cell::members(self.inner, visit); }

 private:
  static constexpr std::uint64_t stream = 0x7661726961746e;  // "variatn": no step, and no other modifier's
};

}  // namespace unroll::inline v0
