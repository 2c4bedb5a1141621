#pragma once

#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/models/sequences/inner_cell.hpp>
#include <unroll/ops/dropout.hpp>
#include <unroll/ops/shaping.hpp>

#include <cstdint>
#include <utility>

namespace unroll::inline v0 {

/// The fractions to drop, each in [0, 1).
struct VariationalRates {
  double inputs = 0.25 /**< of the inputs */, hidden = 0.25 /**< of the hidden state in the recurrent products */;
};

namespace detail {
/// sequence_dropout of a batch: ragged rows lose what their sequences lose.
template <class Scalar>
Variable<Scalar> drop_sequences(const SequenceBatch<Scalar>& inputs, double rate, const Random& random) {
  if (inputs.ragged == nullptr) return sequence_dropout(inputs.data, rate, random);
  const Shape shape = inputs.data.shape();
  const auto sequences = inputs.data.tape().template scratch<int>(shape[1]);
  for (std::size_t row = 0; row < sequences.size(); ++row)
    sequences[row] = inputs.ragged->rows[row] % static_cast<int>(inputs.ragged->batch);
  return reshape(dropout_rows(reshape(inputs.data, shape.without(0)), rate, random, 0, sequences), shape);
}
}  // namespace detail

/// Dropout with one mask for a whole sequence (Gal and Ghahramani 2016, arXiv:1512.05287, with tied weights: one mask
/// for all gates): every step sees x ∘ m_x, and h ∘ m_h in the products with its recurrent weights. The masks are 0
/// with probability rate, and 1 / (1 - rate) otherwise. The state itself is not dropped: a cell c, and the z ∘ h that a
/// GRU carries over, stay whole. Nothing is dropped at evaluation.
///
/// run drops the inputs before the cell projects them; a caller that takes steps by hand drops them by hand. Dropped
/// inputs cannot be projected as rows of a table (picked_rows.hpp): rates.inputs = 0 keeps that. In a batch of several
/// lengths the mask of the hidden state belongs to the rank of a sequence, so a sequence keeps its mask when it runs in
/// one piece. run throws ArgumentError unless the rates are in [0, 1).
template <RecurrentCell Cell>
struct VariationalDropout {
  using Options = detail::OptionsOf<Cell>;  ///< what the constructor takes
  using State = typename Cell::State;       ///< what a step takes and returns

  Cell inner;              ///< the cell that it modifies
  VariationalRates rates;  ///< the fractions to drop

  VariationalDropout() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit VariationalDropout(const VariationalDropout<Other>& other) : inner(other.inner), rates(other.rates) {}
  /// Around a cell. Throws ArgumentError unless the rates are in [0, 1).
  explicit VariationalDropout(Cell cell, const VariationalRates& dropped = {})
      : inner(std::move(cell)), rates(dropped) {
    expect_rates();
  }
  /// With an inner cell of these options. Throws ArgumentError unless the rates are in [0, 1).
  VariationalDropout(const Options& options, const Random& random, const VariationalRates& dropped = {})
      : inner(options, random), rates(dropped) {
    expect_rates();
  }

  /// H, the width of the inner cell's hidden state.
  std::size_t hidden_size() const { return inner.hidden_size(); }

  /// Drops inputs (modifiers.hpp).
  template <class Scalar>
  Variable<Scalar> around(const SequenceBatch<Scalar>& inputs, const Noise& noise, const auto& steps) const {
    if (!noise) return run_around(inner, inputs, noise, steps);
    const SequenceBatch<Scalar> seen{detail::drop_sequences(inputs, rates.inputs, noise->split(stream).split(0)),
                                     inputs.ragged};
    return run_around(inner, seen, noise, steps);
  }
  /// One step of the inner cell, modified (modifiers.hpp).
  template <class Scalar>
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent,
             const StepContext& context) const {
    const auto seen =
        context.noise ? dropout(recurrent, rates.hidden, context.noise->split(stream).split(1)) : recurrent;
    return take_step(inner, input, previous, seen, context);
  }

  /// Calls visit(name, member) for every member (module.hpp); the inner cell's keep their names.
  static void members(auto& self, auto&& visit) { Cell::members(self.inner, visit); }

 private:
  void expect_rates() const {
    expect_in("VariationalDropout", "the rate of inputs", rates.inputs, below_one);
    expect_in("VariationalDropout", "the rate of the hidden state", rates.hidden, below_one);
  }

  static constexpr std::uint64_t stream = 0x7661726961746e;  // "variatn": no step, and no other modifier's
};

}  // namespace unroll::inline v0
