#pragma once

#include <unroll/models/modified_cell.hpp>
#include <unroll/models/run_layer.hpp>
#include <unroll/ops/arithmetic.hpp>

#include <concepts>
#include <utility>

namespace unroll::inline v0 {

namespace detail {
/// Throws ShapeError: outputs of different widths cannot be summed.
void expect_summable(std::size_t forward, std::size_t backward);
}  // namespace detail

/// A cell that goes through time backwards: it begins at the last step of each sequence, and what it gives for a step
/// stands at that step. Its last state is that after the first step.
template <RecurrentCell Cell>
struct Reversed {
  using State = typename Cell::State;
  using Options = detail::OptionsOf<Cell>;

  Cell cell;

  Reversed() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit Reversed(const Reversed<Other>& other) : cell(other.cell) {}
  explicit Reversed(Cell backward) : cell(std::move(backward)) {}
  Reversed(const Options& options, const Random& random) requires std::constructible_from<Cell, Options, Random>
      : cell(options, random) {}

  std::size_t hidden_size() const { return cell.hidden_size(); }
  template <class Scalar>
  State initial_state(Tape<Scalar>& tape, std::size_t batch) const {
    return unroll::initial_state(cell, tape, batch);
  }
  template <class Scalar>
  Unrolled<Scalar, State> run(const SequenceBatch<Scalar>& batch, const State& state, const Moment& begin) const {
    return detail::unroll_cell(cell, batch, state, begin, Direction::backward);
  }

  /// Members are named as the cell's.
  static void members(auto& self, auto&& visit) { Cell::members(self.cell, visit); }
};

/// What is made of the outputs of two directions.
enum class Merge { concatenate, sum };

/// Two cells over the same sequences, one forward in time and one backward (Schuster and Paliwal 1997). Their outputs
/// [T, N, H] stand side by side, [T, N, 2 H], forward first, as in PyTorch, or are summed. The state is that of both:
/// forward after a sequence's last step, backward after its first. In a stack, dropout and the noise of the cells are
/// each direction's own.
///
///     Layers<Bidirectional<LstmCell<>>> encoder(2, {.inputs = 64, .hidden = 128}, random);
template <RecurrentCell Cell, Merge merge = Merge::concatenate>
struct Bidirectional {
  struct State {
    typename Cell::State forward, backward;
    static void visit_variables(auto& self, auto&& visit) {
      for_each_variable(self.forward, visit);
      for_each_variable(self.backward, visit);
    }
  };
  using Options = detail::OptionsOf<Cell>;

  Cell forward, backward;

  Bidirectional() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit Bidirectional(const Bidirectional<Other, merge>& other) : forward(other.forward), backward(other.backward) {}
  Bidirectional(Cell ahead, Cell back) : forward(std::move(ahead)), backward(std::move(back)) {}
  Bidirectional(const Options& options, const Random& random) requires std::constructible_from<Cell, Options, Random>
      : forward(options, random.split(0)), backward(options, random.split(1)) {}

  /// The width of the outputs: both together, or when they are summed that of one. Throws ShapeError when the two
  /// cannot be summed.
  std::size_t hidden_size() const {
    if constexpr (merge == Merge::concatenate) return forward.hidden_size() + backward.hidden_size();
    detail::expect_summable(forward.hidden_size(), backward.hidden_size());
    return forward.hidden_size();
  }
  template <class Scalar>
  State initial_state(Tape<Scalar>& tape, std::size_t batch) const {
    return {unroll::initial_state(forward, tape, batch), unroll::initial_state(backward, tape, batch)};
  }

  template <class Scalar>
  Unrolled<Scalar, State> run(const SequenceBatch<Scalar>& batch, const State& state, const Moment& begin) const {
    const auto own = [&](std::uint64_t direction) { return Moment{split(begin.noise, direction), begin.step}; };
    const auto ahead = detail::unroll_cell(forward, batch, state.forward, own(0), Direction::forward);
    const auto back = detail::unroll_cell(backward, batch, state.backward, own(1), Direction::backward);
    return {merged(ahead.outputs, back.outputs), {ahead.state, back.state}};
  }

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
