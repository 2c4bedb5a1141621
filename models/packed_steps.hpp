#pragma once

#include <unroll/framework/error.hpp>
#include <unroll/models/recurrent_cell.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/shaping.hpp>

#include <array>
#include <utility>

/// The steps of a cell over packed rows (packing.hpp): forward, sequences leave the state as they end; backward, each
/// joins it at its own last step.
namespace unroll::inline v0::detail {

/// The part of a state that is of the sequences at places [first, first + count).
template <class Cell, class State, class Scalar>
State state_of_places(const Cell& cell, Tape<Scalar>& tape, const State& state, std::size_t first, std::size_t count) {
  const auto variables = variables_of(tape, state);
  if (first == 0 && count == variables[0].shape()[0]) return state;
  for (auto& variable : variables) variable = slice(variable, 0, first, count);
  return make_state(cell, tape, std::span<const Variable<Scalar>>(variables));
}

template <class Cell, class State, class Scalar>
State joined_states(const Cell& cell, Tape<Scalar>& tape, const State& front, const State& back) {
  const auto variables = variables_of(tape, front), others = variables_of(tape, back);
  for (std::size_t i = 0; i < variables.size(); ++i) variables[i] = concat({variables[i], others[i]}, 0);
  return make_state(cell, tape, std::span<const Variable<Scalar>>(variables));
}

/// A walk through packed sequences: which of them a step has, out of those that the step before had. Calls
/// `finish(state, place)` with the last states of sequences as they end, those at the last places first.
template <class Cell, class Scalar, class Finish>
class PackedWalk {
 public:
  using State = typename Cell::State;

  PackedWalk(const Cell& cell, Tape<Scalar>& tape, const Packing& packing, Direction direction, const State& initial,
             const Finish& finish)
      : cell_(cell), tape_(tape), packing_(packing), initial_(initial), finish_(finish) {
    const std::size_t with_steps = packing.running(0);
    if (with_steps < packing.batch) finish(part(initial, with_steps, packing.batch), with_steps);
    running_ = packing.running(step_at(direction, 0, packing.steps));
  }

  State begin() const { return part(initial_, 0, running_); }
  /// The state that step t begins with, given what the step before has left.
  State enter(std::size_t t, const State& state) {
    const std::size_t before = std::exchange(running_, packing_.running(t));
    if (running_ > before) return joined_states(cell_, tape_, state, part(initial_, before, running_));
    if (running_ == before) return state;
    finish_(part(state, running_, before), running_);
    return part(state, 0, running_);
  }
  void end(const State& state) const { finish_(state, std::size_t{0}); }

 private:
  State part(const State& state, std::size_t first, std::size_t end) const {
    return state_of_places(cell_, tape_, state, first, end - first);
  }

  const Cell& cell_;
  Tape<Scalar>& tape_;
  const Packing& packing_;
  const State& initial_;
  const Finish& finish_;
  std::size_t running_;
};

template <class Scalar>
Variable<Scalar> at_packed_step(Variable<Scalar> rows, const Packing& packing, std::size_t t) {
  return slice(rows, 0, packing.first_rows[t], packing.running(t));
}

/// A step over the rows of the sequences that have it. What does not fit there is often of the whole batch.
template <class Cell, class Scalar>
typename Cell::State take_packed_step(const Cell& cell, Variable<Scalar> rows, const typename Cell::State& state,
                                      const Moment& begin, const Packing& packing, std::size_t t) {
  const std::size_t count = packing.running(t);
  const Moment moment{begin.noise, begin.after(t).step, packing.order.first(count), packing.batch};
  try {
    return take_step(cell, at_packed_step(rows, packing, t), state, moment);
  } catch (const ShapeError& error) {
    if (count == packing.batch) throw;
    refuse_packed_step(error, count, packing.batch);
  }
}

/// All steps over `rows` [P, ...], for the way back: each stays on the tape. States by place, not by sequence.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> record_packed(const Cell& cell, Variable<Scalar> rows,
                                                     const typename Cell::State& initial, const Moment& begin,
                                                     const Packing& packing, Direction direction) {
  Tape<Scalar>& tape = rows.tape();
  const auto last = variables_of(tape, initial);
  const auto pieces = tape.template scratch<Variable<Scalar>>(last.size() * packing.pieces);  // of each in order
  std::size_t left = packing.pieces;
  const auto finish = [&](const auto& state, std::size_t) {
    std::size_t place = --left;
    for_each_variable(state, [&](const auto& variable) {
      pieces[place] = variable;
      place += packing.pieces;
    });
  };
  PackedWalk walk(cell, tape, packing, direction, initial, finish);
  const auto hidden = tape.template scratch<Variable<Scalar>>(packing.steps);
  auto state = walk.begin();
  for (std::size_t i = 0; i < packing.steps; ++i) {
    const std::size_t t = step_at(direction, i, packing.steps);
    state = take_packed_step(cell, rows, walk.enter(t, state), begin, packing, t);
    hidden[t] = state.hidden;
  }
  tape.end_step();
  walk.end(state);
  for (std::size_t i = 0; i < last.size(); ++i) {
    const auto parts = pieces.subspan(i * packing.pieces + left, packing.pieces - left);
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

/// Where the last states of all sequences are written as these end, of the shapes of the first ones.
template <class State, class Scalar>
std::span<const Variable<Scalar>> record_last_states(Tape<Scalar>& tape, const State& initial) {
  const auto last = variables_of(tape, initial);
  for (auto& variable : last) variable = tape.record("run", variable.shape(), {});
  return last;
}

/// Two places for a state of `count` rows: one step reads what the one before wrote.
template <class Scalar>
std::array<Scalar*, 2> places_for_state(Tape<Scalar>& tape, std::span<const Variable<Scalar>> state,
                                        std::size_t count) {
  std::size_t row = 0;
  for (const auto& variable : state) row += variable.shape().after(0);
  const auto place = [&] { return tape.template scratch<Scalar>(row * count).data(); };
  return {place(), place()};
}

/// All steps when nobody goes back; each is forgotten when its state has been copied, as in run_steps.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> run_packed(const Cell& cell, Variable<Scalar> rows,
                                                  const typename Cell::State& initial, const Moment& begin,
                                                  const Packing& packing, Direction direction) {
  Tape<Scalar>& tape = rows.tape();
  const auto last = record_last_states(tape, initial);
  const auto finish = [&](const auto& finished, std::size_t place) {
    std::size_t next = 0;
    for_each_variable(finished, [&](const auto& variable) { copy_rows(variable, last[next++], place); });
  };
  PackedWalk walk(cell, tape, packing, direction, initial, finish);
  const auto step = [&](std::size_t t, const auto& state) {
    const auto next = take_packed_step(cell, rows, state, begin, packing, t);
    expect_rows(next, last, packing.running(t));
    return next;
  };
  const std::size_t first = step_at(direction, 0, packing.steps);
  auto state = step(first, walk.begin());
  tape.end_step();  // what follows is of all steps
  const auto outputs = tape.record("run", state.hidden.shape().with(0, packing.rows.size()), {});
  copy_rows(state.hidden, outputs, packing.first_rows[first]);
  const auto places = places_for_state(tape, last, packing.running(0));
  const auto mark = tape.mark();
  for (std::size_t i = 1; i < packing.steps; ++i) {
    const std::size_t t = step_at(direction, i, packing.steps);
    state = step(t, walk.enter(t, state));
    copy_rows(state.hidden, outputs, packing.first_rows[t]);
    move_state(tape, mark, places[i % 2], state);
  }
  tape.end_step();
  walk.end(state);
  return {outputs, make_state(cell, tape, last)};
}

/// The steps of a cell over packed rows [P, ...].
template <class Cell, class Scalar>
Unrolled<Scalar, typename Cell::State> unroll_packed(const Cell& cell, Variable<Scalar> rows,
                                                     const typename Cell::State& initial, const Moment& begin,
                                                     const Packing& packing, Direction direction) {
  if constexpr (!CompositeState<typename Cell::State>)
    if (!rows.tape().records_gradients()) return run_packed(cell, rows, initial, begin, packing, direction);
  return record_packed(cell, rows, initial, begin, packing, direction);
}

}  // namespace unroll::inline v0::detail
