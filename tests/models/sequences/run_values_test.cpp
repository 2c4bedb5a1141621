#include "support/composite_cells.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/matmul.hpp>
#include <unroll/ops/rows.hpp>

// Inference forgets steps as it goes. It must give what a recording of all steps gives, whatever the cell does.
using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

using V = Variable<double>;

/// The members of the state change places.
struct Swapper {
  using State = TwoParts;
  std::size_t hidden_size() const { return 3; }
  State step(V input, const State& previous) const { return {previous.other, previous.hidden + input}; }
  static void members(auto&, auto&&) {}
};
/// Both members are what the step was given.
struct Passer {
  using State = TwoParts;
  std::size_t hidden_size() const { return 3; }
  State step(V input, const State& previous) const { return {input, previous.hidden}; }
  static void members(auto&, auto&&) {}
};
/// Both members of the next state are parts of one tensor, or one of the state before.
struct Sharer {
  using State = TwoParts;
  std::size_t hidden_size() const { return 3; }
  State step(V input, const State& previous) const {
    const auto both = concat({previous.other + input, previous.hidden * 0.5}, -1);
    return {slice(both, -1, 3, 3), slice(both, -1, 0, 3)};
  }
  static void members(auto&, auto&&) {}
};
/// The first state stays.
struct Keeper {
  using State = TwoParts;
  std::size_t hidden_size() const { return 3; }
  State step(V input, const State& previous) const {
    return {tanh(previous.hidden + previous.other * input), previous.other};
  }
  static void members(auto&, auto&&) {}
};
/// Remembers all inputs: its state grows.
struct Grower {
  using State = TwoParts;
  std::size_t hidden_size() const { return 3; }
  State step(V input, const State& previous) const {
    const auto memory = concat({previous.other, input}, -1);
    return {previous.hidden + slice(memory, -1, 0, 3) + slice(memory, -1, memory.shape()[1] - 3, 3), memory};
  }
  static void members(auto&, auto&&) {}
};
/// Its state is a matrix that it multiplies by, twice a step.
struct Multiplier {
  using State = TwoParts;
  std::size_t hidden_size() const { return 3; }
  State step(V input, const State& previous) const {
    return {tanh(matmul(matmul(input, previous.other), previous.other)), previous.other * 0.5 + input};
  }
  static void members(auto&, auto&&) {}
};
/// Projects to columns of something, which are copied when they are asked for as a whole.
struct Projector {
  using State = HiddenState<double>;
  Parameter<double> weight{normal<double>(Random(5), {3, 6})};
  std::size_t hidden_size() const { return 3; }
  V project(V inputs) const { return slice(matmul(inputs, weight), -1, 2, 3); }
  State step(V projected, const State& previous) const { return {tanh(projected + previous.hidden)}; }
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

struct Found {
  std::vector<double> numbers;
  std::size_t bytes;
};

/// Outputs and last state of two sequences, the second from a state of its own, and both from the first state again.
template <class Cell>
Found run(const Cell& cell, Recording recording, std::size_t steps, std::size_t batch, bool cut = false) {
  Tape<double> tape(recording);
  for (double& number : tape.scratch<double>(100000)) number = std::numeric_limits<double>::quiet_NaN();
  tape.clear();
  const auto wide = tape.constant(normal<double>(Random(1), {steps, batch, 5}));
  const auto x = cut ? slice(wide, -1, 1, 3) : tape.constant(normal<double>(Random(1), {steps, batch, 3}));
  auto state = initial_state(cell, tape, batch);
  std::uint64_t seed = 2;
  for_each_variable(state, [&](auto& variable) {
    const auto whole = tape.constant(normal<double>(Random(seed++), {batch, variable.shape()[1] + 2}));
    variable = slice(whole, -1, 1, variable.shape()[1]);
  });
  Found found{{}, 0};
  const std::size_t before = tape.bytes();
  const auto add = [&](const auto& unrolled) {
    const auto view = unrolled.outputs.value();
    found.numbers.insert(found.numbers.end(), view.begin(), view.end());
    for_each_variable(unrolled.state, [&](const auto& variable) {
      const auto more = variable.value();
      found.numbers.insert(found.numbers.end(), more.begin(), more.end());
    });
  };
  const auto first = unroll::run(cell, x, {.state = state});
  found.bytes = tape.bytes() - before;
  const auto again = unroll::run(cell, x, {.state = state}), onward = unroll::run(cell, x, {.state = first.state});
  add(first);
  add(again);
  add(onward);
  return found;
}

template <class Cell>
void expect_bits(const Cell& cell) {
  for (const std::size_t steps : {1u, 2u, 3u, 8u})
    for (const bool cut : {false, true}) {
      CAPTURE(steps, cut);
      CHECK(run(cell, Recording::values, steps, 3, cut).numbers
            == run(cell, Recording::gradients, steps, 3, cut).numbers);
    }
}

}  // namespace

TEMPLATE_TEST_CASE("unrolled for its values alone, a cell gives what a recording gives, bit for bit", "[unroll]",
                   RnnCell<double>, LstmCell<double>, GruCell<double>) {
  expect_bits(TestType({.inputs = 3, .hidden = 20}, Random(1)));
}

TEST_CASE("so does a GRU that resets before the product, whose weights are cut at every step", "[unroll]") {
  expect_bits(GruCell<double>({.inputs = 3, .hidden = 20, .reset = GruReset::before_product}, Random(1)));
}

TEST_CASE("so does a cell that passes on, swaps, shares, keeps or grows what its state holds", "[unroll]") {
  expect_bits(Swapper());
  expect_bits(Passer());
  expect_bits(Sharer());
  expect_bits(Keeper());
  expect_bits(Grower());
}

TEST_CASE("so does one that multiplies by its state, projects to columns, or has a state in parts", "[unroll]") {
  expect_bits(Multiplier());
  expect_bits(Projector());
  expect_bits(InParts<Swapper>());
}

TEMPLATE_TEST_CASE("at batch 1 it is the same to rounding: weights are packed there that a recording does not pack",
                   "[unroll]", RnnCell<double>, LstmCell<double>, GruCell<double>) {
  const TestType cell({.inputs = 3, .hidden = 20}, Random(1));
  const auto values = run(cell, Recording::values, 9, 1), recorded = run(cell, Recording::gradients, 9, 1);
  for (std::size_t i = 0; i < recorded.numbers.size(); ++i)
    CHECK(values.numbers[i] == Approx(recorded.numbers[i]).epsilon(1e-12).margin(1e-13));
}

TEMPLATE_TEST_CASE("stacks are unrolled over picked rows for their values as for gradients", "[unroll]",
                   RnnCell<double>, LstmCell<double>, GruCell<double>) {
  const Layers<TestType> layers(2, {.inputs = 3, .hidden = 4}, Random(1));
  const Parameter<double> table(normal<double>(Random(2), {5, 3}));
  const Tensor<int> tokens({4, 2}, {0, 4, 3, 3, 1, 2, 0, 1});
  const auto outputs = [&](Tape<double>& tape) {
    tape.clear();
    return numbers_of(unroll::run(layers, rows(tape, table, tokens)).outputs);
  };
  Tape<double> values(Recording::values), recorded;
  const auto expected = outputs(recorded);
  for (int pass = 0; pass < 3; ++pass) {
    const auto found = outputs(values);
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK(found[i] == Approx(expected[i]).epsilon(1e-13).margin(1e-14));
  }
}

TEMPLATE_TEST_CASE("the memory that inference needs does not grow with the steps, but for the outputs", "[unroll]",
                   RnnCell<double>, LstmCell<double>, GruCell<double>) {
  const TestType cell({.inputs = 3, .hidden = 20}, Random(1));
  const auto beside_outputs = [&](std::size_t steps) {
    const std::size_t projected = steps * 4 * (cell.weights.input_bias.shape()[0]), outputs = steps * 4 * 20;
    return run(cell, Recording::values, steps, 4).bytes - (projected + outputs) * sizeof(double);
  };
  CHECK(beside_outputs(500) < beside_outputs(5) + 1000);
  CHECK(run(cell, Recording::gradients, 500, 4).bytes > 2 * run(cell, Recording::values, 500, 4).bytes);
}

TEST_CASE("a hidden state that changes its shape from step to step is an error, in either recording",
          "[unroll][error]") {
  struct Widener : Grower {
    State step(V input, const State& previous) const {
      const auto next = concat({previous.hidden, input}, -1);
      return {next, next};
    }
  };
  for (const auto recording : {Recording::gradients, Recording::values}) {
    Tape<double> tape(recording);
    CHECK_THROWS_AS(unroll::run(Widener(), tape.zeros({3, 2, 3})), ShapeError);
  }
}
