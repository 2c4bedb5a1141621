#pragma once

#include <unroll/models/modified_cell.hpp>
#include <unroll/ops/arithmetic.hpp>

#include <utility>

namespace unroll::inline v0 {

namespace detail {
/// Throws ShapeError unless inputs [T, N, D], or packed, can be added to outputs [T, N, H].
void expect_shortcut(const Shape& inputs, const Shape& outputs, const Packing* packing);
}  // namespace detail

/// A shortcut past a cell, y_t = h_t + x_t, for stacks that are deep (He et al. 2015; Wu et al. 2016, arXiv:1609.08144,
/// section 3.1). The recurrence is the inner cell's: its state has no part of the sum, which run makes for all steps
/// at once. run throws ShapeError unless D = H.
template <RecurrentCell Cell>
struct Residual {
  using Options = detail::OptionsOf<Cell>;
  using State = typename Cell::State;

  Cell inner;

  Residual() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit Residual(const Residual<Other>& other) : inner(other.inner) {}
  explicit Residual(Cell cell) : inner(std::move(cell)) {}
  /// With an inner cell of these options.
  Residual(const Options& options, const Random& random) : inner(options, random) {}

  std::size_t hidden_size() const { return inner.hidden_size(); }

  template <class Scalar>
  Variable<Scalar> around(const SequenceBatch<Scalar>& inputs, const Noise& noise, const auto& steps) const {
    const Variable<Scalar> outputs = run_around(inner, inputs, noise, steps);
    detail::expect_shortcut(inputs.data.shape(), outputs.shape(), inputs.packing);
    return outputs + inputs.data;
  }
  template <class Scalar>
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent, const Moment& moment) const {
    return take_step(inner, input, previous, recurrent, moment);
  }

  static void members(auto& self, auto&& visit) { Cell::members(self.inner, visit); }
};

}  // namespace unroll::inline v0
