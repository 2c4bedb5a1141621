#pragma once

#include <unroll/models/sequences/inner_cell.hpp>
#include <unroll/ops/arithmetic.hpp>

#include <utility>

namespace unroll::inline v0 {

namespace detail {
/// Throws ShapeError unless inputs [T, N, D], whole or ragged, can be added to outputs [T, N, H].
void expect_shortcut(const Shape& inputs, const Shape& outputs, const RaggedRows* ragged);
}  // namespace detail

/// A shortcut past a cell, y_t = h_t + x_t, for deep stacks (He et al. 2015; Wu et al. 2016, arXiv:1609.08144, section
/// 3.1). The recurrence is the inner cell's: the sum is no part of the state, and run computes it for all steps at
/// once. run throws ShapeError unless D = H.
template <RecurrentCell Cell>
struct Residual {
  using Options = detail::OptionsOf<Cell>;  ///< what the constructor takes
  using State = typename Cell::State;       ///< what a step takes and returns

  Cell inner;  ///< the cell that it modifies

  Residual() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit Residual(const Residual<Other>& other) : inner(other.inner) {}
  /// Around a cell.
  explicit Residual(Cell cell) : inner(std::move(cell)) {}
  /// With an inner cell of these options.
  Residual(const Options& options, const Random& random) : inner(options, random) {}

  /// H, the width of the inner cell's hidden state.
  std::size_t hidden_size() const { return inner.hidden_size(); }

  /// Adds the inputs to the outputs (modifiers.hpp). Throws ShapeError unless D = H.
  template <class Scalar>
  Variable<Scalar> around(const SequenceBatch<Scalar>& inputs, const Noise& noise, const auto& steps) const {
    const Variable<Scalar> outputs = run_around(inner, inputs, noise, steps);
    detail::expect_shortcut(inputs.data.shape(), outputs.shape(), inputs.ragged);
    return outputs + inputs.data;
  }
  /// One step of the inner cell, modified (modifiers.hpp).
  template <class Scalar>
  State step(Variable<Scalar> input, const State& previous, Variable<Scalar> recurrent,
             const StepContext& context) const {
    return take_step(inner, input, previous, recurrent, context);
  }

  /// Calls visit(name, member) for every member (module.hpp); the inner cell's keep their names.
  static void members(auto& self, auto&& visit) { Cell::members(self.inner, visit); }
};

}  // namespace unroll::inline v0
