#pragma once

#include <unroll/framework/interval.hpp>
#include <unroll/models/modified_cell.hpp>
#include <unroll/ops/dropout.hpp>
#include <unroll/ops/shaping.hpp>

#include <cstdint>
#include <utility>

namespace unroll::inline v0 {

/// The shares that are dropped: of the inputs, and of the hidden state where it enters the recurrent products.
struct VariationalRates {
  double inputs = 0.25, hidden = 0.25;
};

namespace detail {
/// sequence_dropout of a batch: packed rows lose what their sequences lose.
template <class Scalar>
Variable<Scalar> drop_sequences(const SequenceBatch<Scalar>& inputs, double rate, const Random& random) {
  if (inputs.packing == nullptr) return sequence_dropout(inputs.data, rate, random);
  const Shape shape = inputs.data.shape();
  const auto sequences = inputs.data.tape().template scratch<int>(shape[1]);
  for (std::size_t row = 0; row < sequences.size(); ++row)
    sequences[row] = inputs.packing->rows[row] % static_cast<int>(inputs.packing->batch);
  return reshape(dropout_rows(reshape(inputs.data, shape.without(0)), rate, random, 0, sequences), shape);
}
}  // namespace detail

/// Dropout with one mask for a whole sequence (Gal and Ghahramani 2016, arXiv:1512.05287, with tied weights: one mask
/// for all gates): every step sees x ∘ m_x, and h ∘ m_h in the products with its recurrent weights, with masks that are
/// 0 with probability rate, and 1 / (1 - rate) otherwise. The state itself is not dropped: a cell c, and what a GRU
/// carries over by z ∘ h, stay whole. Nothing happens at evaluation.
///
/// Inputs that are picked from a table by tokens are projected as the numbers that are left of them, at the price of
/// any other inputs; at rates.inputs = 0 a product with the table, once for all tokens, still stands in for that. The
/// inputs are dropped by run, before they are projected: whoever takes steps by hand drops them by hand. In a batch
/// of several lengths the mask of the hidden state goes by their order: it is one for a sequence that is run in one
/// piece. run throws ArgumentError unless the rates are in [0, 1).
template <RecurrentCell Cell>
struct VariationalDropout {
  using Options = detail::OptionsOf<Cell>;
  using State = typename Cell::State;

  Cell inner;
  VariationalRates rates;

  VariationalDropout() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit VariationalDropout(const VariationalDropout<Other>& other) : inner(other.inner), rates(other.rates) {}
  explicit VariationalDropout(Cell cell, const VariationalRates& dropped = {})
      : inner(std::move(cell)), rates(dropped) {
    expect_rates();
  }
  /// With an inner cell of these options.
  VariationalDropout(const Options& options, const Random& random, const VariationalRates& dropped = {})
      : inner(options, random), rates(dropped) {
    expect_rates();
  }

  std::size_t hidden_size() const { return inner.hidden_size(); }

  template <class Scalar>
  Variable<Scalar> around(const SequenceBatch<Scalar>& inputs, const Noise& noise, const auto& steps) const {
    if (!noise) return run_around(inner, inputs, noise, steps);
    const SequenceBatch<Scalar> seen{detail::drop_sequences(inputs, rates.inputs, noise->split(stream).split(0)),
                                     inputs.packing};
    return run_around(inner, seen, noise, steps);
  }
  template <class Scalar>
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent, const Moment& moment) const {
    const auto seen = moment.noise ? dropout(recurrent, rates.hidden, moment.noise->split(stream).split(1)) : recurrent;
    return take_step(inner, input, previous, seen, moment);
  }

  static void members(auto& self, auto&& visit) { Cell::members(self.inner, visit); }

 private:
  void expect_rates() const {
    expect_in("VariationalDropout", "the rate of inputs", rates.inputs, below_one);
    expect_in("VariationalDropout", "the rate of the hidden state", rates.hidden, below_one);
  }

  static constexpr std::uint64_t stream = 0x7661726961746e;  // "variatn": no step, and no other modifier's
};

}  // namespace unroll::inline v0
