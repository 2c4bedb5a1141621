#include "support/ops.hpp"
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/sequences/bidirectional.hpp>
#include <unroll/models/sequences/layers.hpp>
#include <unroll/models/sequences/run_layer.hpp>

#include <vector>

// What run and layers do inside: the verb itself, and its options, are in run_test.cpp.
using namespace unroll;
using namespace unroll::testing;

namespace {

using Numbers = std::vector<double>;

/// Its hidden state is 100 times the time, and its input.
struct Clock {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 1; }
  State step(Variable<double> input, const State&, const StepContext& context) const {
    return {input + 100.0 * static_cast<double>(context.step)};
  }
  static void members(auto&, auto&&) {}
};

/// h' = 10 h + x: the order of its inputs can be read from it.
struct Digits {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 1; }
  State step(Variable<double> input, const State& previous) const { return {previous.hidden * 10.0 + input}; }
  static void members(auto&, auto&&) {}
};

/// A layer of a user's own: the inputs, and the time as they begin.
struct Own {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 1; }
  Unrolled<double, State> run(const SequenceBatch<double>& batch, const State& state, const StepContext& begin) const {
    return {batch.data + static_cast<double>(begin.step), {state.hidden + 1.0}};
  }
  static void members(auto&, auto&&) {}
};

/// Three steps of two sequences: 1 2, 3 4, 5 6.
Variable<double> inputs_on(Tape<double>& tape) { return tape.constant(Tensor<double>({3, 2, 1}, {1, 2, 3, 4, 5, 6})); }

/// Whatever the tape records.
Recording either() { return GENERATE(Recording::gradients, Recording::values); }

}  // namespace

TEST_CASE("a cell sees each step with its own time, whichever way it goes", "[run_layer]") {
  Tape<double> tape(either());
  const auto first = initial_state(Clock(), tape, 2);
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    const auto [outputs, last] = detail::run_cell(Clock(), SequenceBatch{inputs_on(tape)}, first, {{}, 4}, direction);
    CHECK(numbers_of(outputs) == Numbers{401, 402, 503, 504, 605, 606});
    CHECK(numbers_of(last.hidden) == (direction == Direction::forward ? Numbers{605, 606} : Numbers{401, 402}));
  }
}

TEST_CASE("backward in time a state goes from the last step to the first", "[run_layer]") {
  Tape<double> tape(either());
  const auto [outputs, last] = detail::run_cell(Digits(), SequenceBatch{inputs_on(tape)},
                                                initial_state(Digits(), tape, 2), {}, Direction::backward);
  CHECK(numbers_of(outputs) == Numbers{531, 642, 53, 64, 5, 6});
  CHECK(numbers_of(last.hidden) == Numbers{531, 642});
}

TEST_CASE("ragged rows are run as the sequences that they are of", "[run_layer]") {
  Tape<double> tape(either());
  const std::vector<std::size_t> lengths{1, 3};
  const RaggedRows ragged = detail::make_ragged_rows(tape, {3, 2, 1}, lengths);
  CHECK(Numbers(ragged.rows.begin(), ragged.rows.end()) == Numbers{1, 0, 3, 5});  // the longer sequence comes first
  const auto rows = tape.constant(Tensor<double>({1, 4, 1}, {2, 1, 4, 6}));
  const auto [outputs, last] =
      detail::run_layer(Digits(), SequenceBatch{rows, &ragged}, initial_state(Digits(), tape, 2), {});
  CHECK(numbers_of(outputs) == Numbers{2, 1, 24, 246});
  CHECK(numbers_of(last.hidden) == Numbers{246, 1});
}

TEST_CASE("a layer that is no cell is handed the batch, the state and the context", "[run_layer]") {
  Tape<double> tape(either());
  const auto [outputs, last] =
      detail::run_layer(Own(), SequenceBatch{inputs_on(tape)}, {tape.constant(Tensor<double>({2, 1}, 7.0))}, {{}, 30});
  CHECK(numbers_of(outputs) == Numbers{31, 32, 33, 34, 35, 36});
  CHECK(numbers_of(last.hidden) == Numbers{8, 8});
}

TEST_CASE("layers of one cell give the bits of the cell", "[run_layer]") {
  const Recording recording = either();
  const GruCell<double> cell({.inputs = 1, .hidden = 3}, Random(1));
  const Layers<GruCell<double>> layers({cell});
  Tape<double> tape(recording);
  const auto x = inputs_on(tape);
  const auto alone = detail::run_layer(cell, SequenceBatch{x}, initial_state(cell, tape, 2), {});
  const auto stacked = detail::run_layer(layers, SequenceBatch{x}, initial_state(layers, tape, 2), {});
  CHECK(numbers_of(stacked.outputs) == numbers_of(alone.outputs));
  CHECK(numbers_of(stacked.state.layers[0].hidden) == numbers_of(alone.state.hidden));
}
