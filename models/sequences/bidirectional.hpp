#pragma once

#include <unroll/models/sequences/inner_cell.hpp>
#include <unroll/models/sequences/run_layer.hpp>
#include <unroll/ops/arithmetic.hpp>

#include <concepts>
#include <utility>

namespace unroll::inline v0 {

namespace detail {
/// Throws ShapeError unless both widths are the same, so that outputs can be summed.
void expect_summable(std::size_t forward, std::size_t backward);
}  // namespace detail

/// A cell that goes through time backwards: it begins at the last step of each sequence. Its output for step t is
/// outputs[t], and its last state is that after step 0.
template <RecurrentCell Cell>
struct Reversed {
  using State = typename Cell::State;       ///< what a step takes and returns
  using Options = detail::OptionsOf<Cell>;  ///< what the constructor takes

  Cell cell;  ///< the cell that goes backwards

  Reversed() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit Reversed(const Reversed<Other>& other) : cell(other.cell) {}
  /// Takes over a cell.
  explicit Reversed(Cell backward) : cell(std::move(backward)) {}
  /// With a cell of these options. Throws what its constructor throws.
  Reversed(const Options& options, const Random& random) requires std::constructible_from<Cell, Options, Random>
      : cell(options, random) {}

  /// H, the width of the hidden state.
  std::size_t hidden_size() const { return cell.hidden_size(); }
  /// The state before the first step, for `batch` sequences.
  template <class Scalar>
  State initial_state(Tape<Scalar>& tape, std::size_t batch) const {
    return unroll::initial_state(cell, tape, batch);
  }
  /// Runs the cell backwards over a batch; `run` calls this.
  template <class Scalar>
  Unrolled<Scalar, State> run(const SequenceBatch<Scalar>& batch, const State& state, const StepContext& begin,
                              const Starts& starts = {}) const {
    return detail::run_cell(cell, batch, state, begin, Direction::backward, starts);
  }

  /// Members are named as the cell's.
  static void members(auto& self, auto&& visit) { Cell::members(self.cell, visit); }
};

/// How the outputs of two directions become one.
enum class Merge {
  concatenate,  ///< side by side, forward first: [T, N, 2 H]
  sum           ///< added: [T, N, H]
};

/// Two cells over the same sequences, one forward in time and one backward (Schuster and Paliwal 1997). Their outputs
/// [T, N, H] stand side by side, [T, N, 2 H], forward first, as in PyTorch, or are summed. The state is that of both
/// cells: forward after a sequence's last step, backward after its first. Each direction has noise of its own.
///
///     Layers<Bidirectional<LstmCell<>>> encoder(2, {.inputs = 64, .hidden = 128}, random);
template <RecurrentCell Cell, Merge merge = Merge::concatenate>
struct Bidirectional {
  /// The states of both cells.
  struct State {
    typename Cell::State forward /**< of the forward cell */, backward /**< of the backward cell */;
    /// Calls visit(variable) for every Variable (state.hpp).
    static void visit_variables(auto& self, auto&& visit) {
      for_each_variable(self.forward, visit);
      for_each_variable(self.backward, visit);
    }
  };
  using Options = detail::OptionsOf<Cell>;  ///< what the constructor takes

  Cell forward /**< from step 0 on */, backward /**< from the last step on */;

  Bidirectional() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit Bidirectional(const Bidirectional<Other, merge>& other) : forward(other.forward), backward(other.backward) {}
  /// Takes over two cells.
  Bidirectional(Cell ahead, Cell back) : forward(std::move(ahead)), backward(std::move(back)) {}
  /// Two cells of the same options, with weights drawn apart. Throws what their constructor throws.
  Bidirectional(const Options& options, const Random& random) requires std::constructible_from<Cell, Options, Random>
      : forward(options, random.split(0)), backward(options, random.split(1)) {}

  /// The width of the outputs: 2 H side by side, H summed. Throws ShapeError when two widths cannot be summed.
  std::size_t hidden_size() const {
    if constexpr (merge == Merge::concatenate) return forward.hidden_size() + backward.hidden_size();
    detail::expect_summable(forward.hidden_size(), backward.hidden_size());
    return forward.hidden_size();
  }
  /// The state before the first step, for `batch` sequences.
  template <class Scalar>
  State initial_state(Tape<Scalar>& tape, std::size_t batch) const {
    return {unroll::initial_state(forward, tape, batch), unroll::initial_state(backward, tape, batch)};
  }

  /// Runs both cells over a batch; `run` calls this. Throws ShapeError when outputs of two widths cannot be summed.
  template <class Scalar>
  Unrolled<Scalar, State> run(const SequenceBatch<Scalar>& batch, const State& state, const StepContext& begin,
                              const Starts& starts = {}) const {
    const auto own = [&](std::uint64_t direction) { return StepContext{split(begin.noise, direction), begin.step}; };
    const auto ahead = detail::run_cell(forward, batch, state.forward, own(0), Direction::forward, starts);
    const auto back = detail::run_cell(backward, batch, state.backward, own(1), Direction::backward, starts);
    return {merged(ahead.outputs, back.outputs), {ahead.state, back.state}};
  }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) {
    visit("forward", self.forward);
    visit("backward", self.backward);
  }

 private:
  template <class Scalar>
  static Variable<Scalar> merged(Variable<Scalar> ahead, Variable<Scalar> back) {
    if constexpr (merge == Merge::concatenate) return concat({ahead, back}, -1);
    detail::expect_summable(ahead.shape().back(), back.shape().back());
    return ahead + back;
  }
};

}  // namespace unroll::inline v0
