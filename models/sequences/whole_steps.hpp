#pragma once

#include <unroll/models/sequences/recurrent_cell.hpp>
#include <unroll/models/sequences/restarts.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/shaping.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace unroll::inline v0::detail {

/// The steps of a cell over whole sequences, whose inputs it has projected, for the loop of step_loop.hpp.
template <class Cell, class Scalar>
class WholeSteps {
 public:
  using State = typename Cell::State;  ///< what a step takes and returns
  using Number = Scalar;               ///< what its numbers are

  WholeSteps(const Cell& cell, Variable<Scalar> projected, const State& first, const StepContext& begin,
             Direction direction, const Starts& starts)
      : cell_(cell),
        projected_(projected),
        steps_(projected.shape()[0]),
        first_(first),
        begin_(begin),
        direction_(direction),
        restarts_(cell, projected.tape(), starts, direction, projected.shape()[1]) {}

  Tape<Scalar>& tape() const { return projected_.tape(); }
  std::size_t count() const { return steps_; }
  std::size_t at(std::size_t i) const { return step_at(direction_, i, count()); }

  State first_state() const { return first_; }
  State enter(std::size_t t, const State& state) const { return restarts_.enter(t, state); }
  State take(std::size_t t, const State& state) const {
    return take_step(cell_, at_step(projected_, t), state, begin_.after(t));
  }
  State last(const State& state) const { return state; }
  Variable<Scalar> joined(std::span<const Variable<Scalar>> hidden) const { return stack(hidden); }

  /// How many steps tell all results: of no sequences, the first one.
  std::size_t telling_count() const { return projected_.shape()[1] == 0 ? 1 : count(); }
  std::size_t most_numbers(const State& state) const { return numbers_in(state); }
  Variable<Scalar> record_outputs(const State& state) {
    hidden_ = state.hidden.shape();
    return tape().record("run", hidden_.inserted(0, count()), {});
  }
  void write_output(std::size_t t, const State& state, Variable<Scalar> outputs) const {
    expect_same_shape("run: the hidden state of the first step and of another", hidden_, state.hidden.shape());
    std::copy_n(state.hidden.value().data(), hidden_.size(), outputs.writable() + t * hidden_.size());
  }

 private:
  const Cell& cell_;
  Variable<Scalar> projected_;
  std::size_t steps_;
  State first_;
  StepContext begin_;
  Direction direction_;
  Restarts<Cell, Scalar> restarts_;
  Shape hidden_;  // of each step
};

}  // namespace unroll::inline v0::detail
