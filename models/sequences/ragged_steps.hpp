#pragma once

#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/recurrent_cell.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/shaping.hpp>

#include <array>
#include <utility>

/// The steps of a cell over ragged rows (ragged_rows.hpp tells how they lie, and how the state shrinks and grows).
namespace unroll::inline v0::detail {

/// The rows of a state that belong to the ranks [first, first + count).
template <class Cell, class State, class Scalar>
State state_of_ranks(const Cell& cell, Tape<Scalar>& tape, const State& state, std::size_t first, std::size_t count) {
  const auto variables = variables_of(tape, state);
  if (first == 0 && count == variables[0].shape()[0]) return state;
  for (auto& variable : variables) variable = slice(variable, 0, first, count);
  return make_state(cell, tape, std::span<const Variable<Scalar>>(variables));
}

/// A state with the rows of `front`, and behind them those of `back`.
template <class Cell, class State, class Scalar>
State joined_states(const Cell& cell, Tape<Scalar>& tape, const State& front, const State& back) {
  const auto variables = variables_of(tape, front), others = variables_of(tape, back);
  for (std::size_t i = 0; i < variables.size(); ++i) variables[i] = concat({variables[i], others[i]}, 0);
  return make_state(cell, tape, std::span<const Variable<Scalar>>(variables));
}

/// Hands each step the state of its sequences, given the state that the step before has left. Calls
/// `finish(state, rank)` with the last states of sequences as they end, the last ranks first; `rank` is that of the
/// first row of `state`.
template <class Cell, class Scalar, class Finish>
class RaggedWalk {
 public:
  using State = typename Cell::State;  ///< what a step takes and returns

  RaggedWalk(const Cell& cell, Tape<Scalar>& tape, const RaggedRows& ragged, Direction direction, const State& initial,
             const Finish& finish)
      : cell_(cell), tape_(tape), ragged_(ragged), initial_(initial), finish_(finish) {
    const std::size_t with_steps = ragged.running(0);
    if (with_steps < ragged.batch) finish(part(initial, with_steps, ragged.batch), with_steps);
    running_ = ragged.running(step_at(direction, 0, ragged.steps));
  }

  State begin() const { return part(initial_, 0, running_); }
  /// The state that step t begins with, made from the state after the step before.
  State enter(std::size_t t, const State& state) {
    const std::size_t before = std::exchange(running_, ragged_.running(t));
    if (running_ > before) return joined_states(cell_, tape_, state, part(initial_, before, running_));
    if (running_ == before) return state;
    finish_(part(state, running_, before), running_);
    return part(state, 0, running_);
  }
  void end(const State& state) const { finish_(state, std::size_t{0}); }

 private:
  State part(const State& state, std::size_t first, std::size_t end) const {
    return state_of_ranks(cell_, tape_, state, first, end - first);
  }

  const Cell& cell_;
  Tape<Scalar>& tape_;
  const RaggedRows& ragged_;
  const State& initial_;
  const Finish& finish_;
  std::size_t running_;
};

/// The rows of step t, a view.
template <class Scalar>
Variable<Scalar> at_ragged_step(Variable<Scalar> rows, const RaggedRows& ragged, std::size_t t) {
  return slice(rows, 0, ragged.first_rows[t], ragged.running(t));
}

/// A step over the rows of the sequences that have it. When a shape does not fit, the cell has often read something of
/// the whole batch, and the error says so.
template <class Cell, class Scalar>
typename Cell::State take_ragged_step(const Cell& cell, Variable<Scalar> rows, const typename Cell::State& state,
                                      const StepContext& begin, const RaggedRows& ragged, std::size_t t) {
  const std::size_t count = ragged.running(t);
  const StepContext context{begin.noise, begin.after(t).step, ragged.order.first(count), ragged.batch};
  try {
    return take_step(cell, at_ragged_step(rows, ragged, t), state, context);
  } catch (const ShapeError& error) {
    if (count == ragged.batch) throw;
    refuse_ragged_step(error, count, ragged.batch);
  }
}

/// Records all steps over `rows` [P, ...]; each stays on the tape for backward. Initial and last states are in the
/// order of ranks.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> record_ragged(const Cell& cell, Variable<Scalar> rows,
                                                     const typename Cell::State& initial, const StepContext& begin,
                                                     const RaggedRows& ragged, Direction direction) {
  Tape<Scalar>& tape = rows.tape();
  const auto last = variables_of(tape, initial);
  const auto pieces =
      tape.template scratch<Variable<Scalar>>(last.size() * ragged.distinct_lengths);  // Variable by Variable
  std::size_t left = ragged.distinct_lengths;
  const auto finish = [&](const auto& state, std::size_t) {
    std::size_t index = --left;
    for_each_variable(state, [&](const auto& variable) {
      pieces[index] = variable;
      index += ragged.distinct_lengths;
    });
  };
  RaggedWalk walk(cell, tape, ragged, direction, initial, finish);
  const auto hidden = tape.template scratch<Variable<Scalar>>(ragged.steps);
  auto state = walk.begin();
  for (std::size_t i = 0; i < ragged.steps; ++i) {
    const std::size_t t = step_at(direction, i, ragged.steps);
    state = take_ragged_step(cell, rows, walk.enter(t, state), begin, ragged, t);
    hidden[t] = state.hidden;
  }
  tape.end_step();
  walk.end(state);
  for (std::size_t i = 0; i < last.size(); ++i) {
    const auto parts = pieces.subspan(i * ragged.distinct_lengths + left, ragged.distinct_lengths - left);
    last[i] = parts.size() == 1 ? parts[0] : concat(parts, 0);
  }
  return {concat(hidden, 0), make_state(cell, tape, std::span<const Variable<Scalar>>(last))};
}

/// Throws ShapeError unless a state has `count` rows of the tensors in `whole`.
template <class State, class Scalar>
void expect_rows(const State& state, std::span<const Variable<Scalar>> whole, std::size_t count) {
  std::size_t next = 0;
  for_each_variable(state, [&](const auto& variable) {
    expect_same_shape("run: a state's shape before and after a step", whole[next++].shape().with(0, count),
                      variable.shape());
  });
}

template <class Scalar>
void copy_rows(Variable<Scalar> part, Variable<Scalar> whole, std::size_t first_row) {
  std::copy_n(part.value().data(), part.shape().size(), whole.writable() + first_row * whole.shape().after(0));
}

/// Records nodes of the shapes of the initial state, into which the last states are written as sequences end.
template <class State, class Scalar>
std::span<const Variable<Scalar>> record_last_states(Tape<Scalar>& tape, const State& initial) {
  const auto last = variables_of(tape, initial);
  for (auto& variable : last) variable = tape.record("run", variable.shape(), {});
  return last;
}

/// Two buffers for a state of `count` rows: a step reads one and writes the other.
template <class Scalar>
std::array<Scalar*, 2> buffers_for_state(Tape<Scalar>& tape, std::span<const Variable<Scalar>> state,
                                         std::size_t count) {
  std::size_t row = 0;
  for (const auto& variable : state) row += variable.shape().after(0);
  const auto buffer = [&] { return tape.template scratch<Scalar>(row * count).data(); };
  return {buffer(), buffer()};
}

/// All steps on a tape of values: it forgets each step when its state has been copied, as in run_steps.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_ragged(const Cell& cell, Variable<Scalar> rows,
                                                  const typename Cell::State& initial, const StepContext& begin,
                                                  const RaggedRows& ragged, Direction direction) {
  Tape<Scalar>& tape = rows.tape();
  const auto last = record_last_states(tape, initial);
  const auto finish = [&](const auto& finished, std::size_t rank) {
    std::size_t next = 0;
    for_each_variable(finished, [&](const auto& variable) { copy_rows(variable, last[next++], rank); });
  };
  RaggedWalk walk(cell, tape, ragged, direction, initial, finish);
  const auto step = [&](std::size_t t, const auto& state) {
    const auto next = take_ragged_step(cell, rows, state, begin, ragged, t);
    expect_rows(next, last, ragged.running(t));
    return next;
  };
  const std::size_t first = step_at(direction, 0, ragged.steps);
  auto state = step(first, walk.begin());
  tape.end_step();  // the next nodes belong to all steps
  const auto outputs = tape.record("run", state.hidden.shape().with(0, ragged.rows.size()), {});
  copy_rows(state.hidden, outputs, ragged.first_rows[first]);
  const auto buffers = buffers_for_state(tape, last, ragged.running(0));
  const auto mark = tape.mark();
  for (std::size_t i = 1; i < ragged.steps; ++i) {
    const std::size_t t = step_at(direction, i, ragged.steps);
    state = step(t, walk.enter(t, state));
    copy_rows(state.hidden, outputs, ragged.first_rows[t]);
    move_state(tape, mark, buffers[i % 2], state);
  }
  tape.end_step();
  walk.end(state);
  return {outputs, make_state(cell, tape, last)};
}

/// Runs a cell over ragged rows [P, ...].
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_ragged_rows(const Cell& cell, Variable<Scalar> rows,
                                                       const typename Cell::State& initial, const StepContext& begin,
                                                       const RaggedRows& ragged, Direction direction) {
  if constexpr (!CompositeState<typename Cell::State>)
    if (!rows.tape().records_gradients()) return run_ragged(cell, rows, initial, begin, ragged, direction);
  return record_ragged(cell, rows, initial, begin, ragged, direction);
}

}  // namespace unroll::inline v0::detail
