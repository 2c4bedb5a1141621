#pragma once

#include <unroll/models/sequences/starts.hpp>
#include <unroll/models/sequences/state.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/take_rows.hpp>

#include <cstddef>
#include <numeric>
#include <optional>
#include <span>

namespace unroll::inline v0::detail {

/// Puts rows of the cell's first state into the states of steps, where they begin anew. The op that does so passes no
/// gradient from such a row to the state before. Steps without a start record nothing.
template <class Cell, class Scalar>
class Restarts {
 public:
  using State = typename Cell::State;  ///< what a step takes and returns

  /// `order` has the sequence of each row of the state of ragged sequences; it is empty for whole sequences.
  Restarts(const Cell& cell, Tape<Scalar>& tape, const Starts& starts, Direction direction, std::size_t batch,
           std::span<const int> order = {})
      : cell_(cell), tape_(tape), starts_(starts), direction_(direction), order_(order) {
    if (!first_state_is_zeros<Cell, Scalar>() && !starts.rows.empty()) first_ = initial_state(cell, tape, batch);
  }

  /// The state that step t takes, given that after the step before.
  State enter(std::size_t t, const State& state) const {
    const auto rows = rows_before(t);
    return rows.empty() ? state : begun_anew(state, rows);
  }

 private:
  std::span<const int> rows_before(std::size_t t) const {
    if (direction_ == Direction::forward) return starts_.at(t);
    return t + 2 < starts_.first.size() ? starts_.at(t + 1) : std::span<const int>();
  }
  State begun_anew(const State& state, std::span<const int> rows) const {
    const auto variables = variables_of(tape_, state);
    const std::size_t count = variables[0].shape()[0];
    const auto from = tape_.template scratch<int>(count);
    std::iota(from.begin(), from.end(), 0);
    for (const int row : rows) from[static_cast<std::size_t>(row)] = first_ ? behind(count, row) : zeros;
    std::size_t next = 0;
    if (first_)
      for_each_variable(*first_, [&](const auto& first) {
        auto& variable = variables[next++];
        variable = concat({variable, first}, 0);
      });
    for (auto& variable : variables) variable = take_rows(variable, {from.data(), {count}});
    return make_state(cell_, tape_, std::span<const Variable<Scalar>>(variables));
  }
  /// Where the first state of a row stands, when all first states stand behind `count` rows.
  int behind(std::size_t count, int row) const {
    return static_cast<int>(count) + (order_.empty() ? row : order_[static_cast<std::size_t>(row)]);
  }

  static constexpr int zeros = -1;  // to take_rows

  const Cell& cell_;
  Tape<Scalar>& tape_;
  Starts starts_;
  Direction direction_;
  std::span<const int> order_;
  std::optional<State> first_;  // of all sequences, unless it is zeros
};

}  // namespace unroll::inline v0::detail
