#include "support/ops.hpp"
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/sequences/step_loop.hpp>
#include <unroll/models/sequences/whole_steps.hpp>
#include <unroll/ops/arithmetic.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// An LSTM over [T, N, D] on a tape of either kind.
struct Setting {
  LstmCell<double> cell{{.inputs = 3, .hidden = 4}, Random(1)};
  Tensor<double> inputs = normal<double>(Random(2), {7, 2, 3});

  auto steps_on(Tape<double>& tape, Direction direction = Direction::forward) const {
    return detail::WholeSteps(cell, cell.project(tape.constant(inputs)), initial_state(cell, tape, 2), {}, direction,
                              Starts{});
  }
};

}  // namespace

TEST_CASE("the loop calls back after each step in the order of the direction, with the state of that step", "[run]") {
  const Setting setting;
  const auto direction = GENERATE(Direction::forward, Direction::backward);
  Tape<double> tape;
  auto steps = setting.steps_on(tape, direction);
  std::vector<std::size_t> times;
  std::vector<std::vector<double>> states;
  const auto last = detail::take_steps(steps, 7, [&](std::size_t t, const auto& state) {
    times.push_back(t);
    states.push_back(numbers_of(state.hidden));
  });
  for (std::size_t i = 0; i < 7; ++i) CHECK(times[i] == (direction == Direction::forward ? i : 6 - i));
  CHECK(numbers_of(last.hidden) == states.back());
}

TEST_CASE("steps that keep numbers give the bits of steps that are recorded, outputs and last state", "[run]") {
  const Setting setting;
  const auto direction = GENERATE(Direction::forward, Direction::backward);
  Tape<double> tape, values(Recording::values);
  auto recorded = setting.steps_on(tape, direction), run = setting.steps_on(values, direction);
  std::size_t seen = 0;
  const auto expected = detail::record_steps(recorded, [&](const auto&) { ++seen; });
  const auto found = detail::run_steps(run);
  CHECK(seen == 7);
  CHECK(numbers_of(found.outputs) == numbers_of(expected.outputs));
  CHECK(numbers_of(found.state.hidden) == numbers_of(expected.state.hidden));
  CHECK(numbers_of(found.state.cell) == numbers_of(expected.state.cell));
}

TEST_CASE("steps that keep numbers take the memory of few steps, however many there are", "[run]") {
  const auto bytes_of = [](std::size_t count) {
    const LstmCell<double> cell({.inputs = 3, .hidden = 64}, Random(1));
    Tape<double> tape(Recording::values);
    const auto projected = cell.project(tape.constant(Tensor<double>({count, 2, 3})));
    const std::size_t before = tape.bytes();
    detail::WholeSteps steps(cell, projected, initial_state(cell, tape, 2), {}, Direction::forward, Starts{});
    detail::run_steps(steps);
    return tape.bytes() - before - count * 2 * 64 * sizeof(double);  // the outputs stay
  };
  CHECK(bytes_of(200) == bytes_of(20));
}
