#pragma once

#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/restarts.hpp>
#include <unroll/models/sequences/step_loop.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/shaping.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

/// The steps of a cell over ragged rows, for the loop of step_loop.hpp. ragged_rows.hpp tells how rows lie, and how the
/// state shrinks and grows.
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

/// The last states of sequences as they end, the last ranks first, on a tape that records gradients: pieces, which are
/// joined at the end.
template <class Cell, class Scalar>
class JoinedLastStates {
 public:
  using State = typename Cell::State;  ///< what a step takes and returns

  JoinedLastStates(Tape<Scalar>& tape, const RaggedRows& ragged, const State& first)
      : joined_(variables_of(tape, first)),
        lengths_(ragged.distinct_lengths),
        left_(lengths_),
        pieces_(tape.template scratch<Variable<Scalar>>(joined_.size() * lengths_)) {}

  void add(const State& state, std::size_t) {
    std::size_t index = --left_;
    for_each_variable(state, [&](const auto& variable) {
      pieces_[index] = variable;
      index += lengths_;
    });
  }
  std::span<const Variable<Scalar>> all() const {
    for (std::size_t i = 0; i < joined_.size(); ++i) {
      const auto parts = pieces_.subspan(i * lengths_ + left_, lengths_ - left_);
      joined_[i] = parts.size() == 1 ? parts[0] : concat(parts, 0);
    }
    return joined_;
  }

 private:
  std::span<Variable<Scalar>> joined_;
  std::size_t lengths_, left_;
  std::span<Variable<Scalar>> pieces_;  // Variable by Variable
};

template <class Scalar>
void copy_rows(Variable<Scalar> part, Variable<Scalar> whole, std::size_t first_row) {
  std::copy_n(part.value().data(), part.shape().size(), whole.writable() + first_row * whole.shape().after(0));
}

/// The same on a tape of values, which forgets steps: their numbers go into nodes of the shapes of the first state.
template <class Cell, class Scalar>
class WrittenLastStates {
 public:
  using State = typename Cell::State;  ///< what a step takes and returns

  WrittenLastStates(Tape<Scalar>& tape, const RaggedRows&, const State& first) : written_(variables_of(tape, first)) {
    for (auto& variable : written_) variable = tape.record("run", variable.shape(), {});
  }
  void add(const State& state, std::size_t rank) const {
    std::size_t next = 0;
    for_each_variable(state, [&](const auto& variable) { copy_rows(variable, written_[next++], rank); });
  }
  std::span<const Variable<Scalar>> all() const { return written_; }

 private:
  std::span<Variable<Scalar>> written_;
};

/// Hands each step the rows of the sequences that have it. First and last states are in the order of ranks.
template <class Cell, class Scalar, template <class, class> class LastStates>
class RaggedSteps {
 public:
  using State = typename Cell::State;  ///< what a step takes and returns
  using Number = Scalar;               ///< what its numbers are

  RaggedSteps(const Cell& cell, Variable<Scalar> rows, const State& first, const StepContext& begin,
              const RaggedRows& ragged, Direction direction, const Starts& starts)
      : cell_(cell),
        rows_(rows),
        first_(first),
        variables_(variables_of(rows.tape(), first)),
        begin_(begin),
        ragged_(ragged),
        direction_(direction),
        restarts_(cell, rows.tape(), starts, direction, ragged.batch, ragged.order),
        last_(rows.tape(), ragged, first),
        running_(ragged.running(step_at(direction, 0, ragged.steps))) {
    const std::size_t with_steps = ragged.running(0);
    if (with_steps < ragged.batch) last_.add(part(first, with_steps, ragged.batch), with_steps);
  }

  Tape<Scalar>& tape() const { return rows_.tape(); }
  std::size_t count() const { return ragged_.steps; }
  std::size_t at(std::size_t i) const { return step_at(direction_, i, ragged_.steps); }

  State first_state() const { return part(first_, 0, running_); }
  State enter(std::size_t t, const State& state) { return restarts_.enter(t, rows_at(t, state)); }
  /// When a shape does not fit, the cell has often read something of the whole batch, and the error says so.
  State take(std::size_t t, const State& state) const {
    const StepContext context{begin_.noise, begin_.after(t).step, ragged_.order.first(running_), ragged_.batch};
    try {
      return take_step(cell_, slice(rows_, 0, ragged_.first_rows[t], running_), state, context);
    } catch (const ShapeError& error) {
      if (running_ == ragged_.batch) throw;
      refuse_ragged_step(error, running_, ragged_.batch);
    }
  }
  State last(const State& state) {
    last_.add(state, 0);
    return make_state(cell_, tape(), last_.all());
  }
  Variable<Scalar> joined(std::span<const Variable<Scalar>> hidden) const { return concat(hidden, 0); }

  std::size_t telling_count() const { return count(); }
  std::size_t most_numbers(const State&) const { return numbers_in(first_); }
  Variable<Scalar> record_outputs(const State& state) const {
    expect_rows(state);
    return tape().record("run", state.hidden.shape().with(0, ragged_.rows.size()), {});
  }
  void write_output(std::size_t t, const State& state, Variable<Scalar> outputs) const {
    expect_rows(state);
    copy_rows(state.hidden, outputs, ragged_.first_rows[t]);
  }

 private:
  /// The state of the sequences that have step t, made from the state after the step before.
  State rows_at(std::size_t t, const State& state) {
    const std::size_t before = std::exchange(running_, ragged_.running(t));
    if (running_ > before) return joined_states(cell_, tape(), state, part(first_, before, running_));
    if (running_ == before) return state;
    last_.add(part(state, running_, before), running_);
    return part(state, 0, running_);
  }
  State part(const State& state, std::size_t first, std::size_t end) const {
    return state_of_ranks(cell_, tape(), state, first, end - first);
  }
  /// Throws ShapeError unless a state has the tensors of the first state, with a row for each sequence that runs.
  void expect_rows(const State& state) const {
    std::size_t next = 0;
    for_each_variable(state, [&](const auto& variable) {
      expect_same_shape("run: a state's shape before and after a step", variables_[next++].shape().with(0, running_),
                        variable.shape());
    });
  }

  const Cell& cell_;
  Variable<Scalar> rows_;
  const State& first_;
  std::span<const Variable<Scalar>> variables_;  // of the first state
  StepContext begin_;
  const RaggedRows& ragged_;
  Direction direction_;
  Restarts<Cell, Scalar> restarts_;
  LastStates<Cell, Scalar> last_;
  std::size_t running_;  // how many sequences the next step is given
};

/// Runs a cell over ragged rows [P, ...].
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_ragged_rows(const Cell& cell, Variable<Scalar> rows,
                                                       const typename Cell::State& first, const StepContext& begin,
                                                       const RaggedRows& ragged, Direction direction,
                                                       const Starts& starts = {}) {
  if constexpr (!CompositeState<typename Cell::State>)
    if (!rows.tape().records_gradients()) {
      RaggedSteps<Cell, Scalar, WrittenLastStates> steps(cell, rows, first, begin, ragged, direction, starts);
      return run_steps(steps);
    }
  RaggedSteps<Cell, Scalar, JoinedLastStates> steps(cell, rows, first, begin, ragged, direction, starts);
  return record_steps(steps, [](const auto&) {});
}

}  // namespace unroll::inline v0::detail
