#include "support/composite_cells.hpp"
#include "support/messages.hpp"
#include "support/sequences.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/run.hpp>

// Inference over sequences with lengths forgets steps as it goes. It must give what a recording gives.
using namespace unroll;
using namespace unroll::testing;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {

using V = Variable<double>;

/// The next state is made of nothing but what the step was given, in other places.
struct Shuffler {
  using State = TwoParts;
  std::size_t hidden_size() const { return 3; }
  State step(V input, const State& previous) const { return {previous.other, input}; }
  static void members(auto&, auto&&) {}
};
/// A state of two widths, that is one part of something larger.
struct Cutter {
  struct State {
    V hidden, memory;
  };
  std::size_t hidden_size() const { return 3; }
  State initial_state(Tape<double>& tape, std::size_t batch) const {
    return {tape.zeros({batch, 3}), tape.zeros({batch, 5})};
  }
  State step(V input, const State& previous) const {
    const auto both = concat({previous.memory * 0.5, input + previous.hidden}, -1);
    return {slice(both, -1, 5, 3), slice(both, -1, 2, 5)};
  }
  static void members(auto&, auto&&) {}
};

struct Found {
  Numbers numbers;
  std::size_t bytes;
};

template <class Layer>
Found run(const Layer& layer, Recording recording, const RaggedBatch& batch) {
  Tape<double> tape(recording);
  const auto x = tape.constant(normal<double>(Random(1), {batch.steps, batch.lengths.size(), 3}));
  auto state = initial_state(layer, tape, batch.lengths.size());
  std::uint64_t seed = 2;
  for_each_variable(
      state, [&](auto& variable) { variable = tape.constant(normal<double>(Random(seed++), variable.shape())); });
  const std::size_t before = tape.bytes();
  const auto unrolled = unroll::run(layer, x, {.state = state, .lengths = batch.lengths});
  const std::size_t bytes = tape.bytes() - before;
  const auto again = unroll::run(layer, x, {.state = unrolled.state, .lengths = batch.lengths});
  Numbers numbers;
  for (const auto& each : {unrolled, again}) {
    const auto add = [&](const auto& variable) {
      const auto view = variable.value();
      numbers.insert(numbers.end(), view.begin(), view.end());
    };
    add(each.outputs);
    for_each_variable(each.state, add);
  }
  return {numbers, bytes};
}

template <class Layer>
void expect_same(const Layer& layer) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const auto batch = RaggedBatch::draw(seed, 1 + seed, 5, 3);
    const auto values = run(layer, Recording::values, batch), recorded = run(layer, Recording::gradients, batch);
    CHECK(apart(values.numbers, recorded.numbers) < 1e-12);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("unrolled for its values alone, a ragged batch gives what a recording gives", "[sequence]",
                   RnnCell<double>, LstmCell<double>, GruCell<double>) {
  const typename TestType::Options options{.inputs = 3, .hidden = 4};
  expect_same(TestType(options, Random(1)));
  expect_same(Layers<Bidirectional<TestType>>(2, options, Random(1)));
}

TEST_CASE("so does one of cells that pass on, cut up or compose their state", "[sequence]") {
  expect_same(Shuffler());
  expect_same(Reversed<Shuffler>());
  expect_same(Cutter());
  expect_same(Reversed<Cutter>());
  expect_same(InParts<Shuffler>());
  expect_same(Bidirectional<InParts<Shuffler>>());
}

TEST_CASE("such cells equal their sequences alone, with gradients", "[sequence]") {
  const auto batch = RaggedBatch::draw(3, 6, 8, 3);
  expect_batch_equals_sequences(Bidirectional<Shuffler>(), batch);
  expect_batch_equals_sequences(Bidirectional<Cutter>(), batch);
  expect_batch_equals_sequences(Bidirectional<InParts<Shuffler>>(), batch);
}

TEST_CASE("the memory that inference needs does not grow with the steps, but for rows and outputs", "[sequence]") {
  const Bidirectional<GruCell<double>> both({.inputs = 3, .hidden = 20}, Random(1));
  const auto beside = [&](std::size_t steps) {
    const RaggedBatch batch{steps, 3, {steps, 2, 0, 1}, {1, 2, 3, 4}};
    const std::size_t rows = steps + 3;
    // Ragged inputs, two projections, outputs as ragged rows and joined, and padded; indices of rows.
    const std::size_t numbers = rows * (3 + 2 * 60 + 2 * 20 + 40) + steps * 4 * 40;
    return static_cast<double>(run(both, Recording::values, batch).bytes - numbers * sizeof(double))
           / static_cast<double>(steps);
  };
  CHECK(beside(2000) < 150);
  CHECK(run(both, Recording::gradients, {500, 3, {500, 2}, {1, 2}}).bytes
        > 2 * run(both, Recording::values, {500, 3, {500, 2}, {1, 2}}).bytes);
}

TEST_CASE("a state that changes its shape has no place beside others, in either recording", "[sequence][error]") {
  struct Grower : Shuffler {
    State step(V input, const State& previous) const { return {input, concat({previous.other, input}, -1)}; }
  };
  const std::vector<std::size_t> lengths{3, 1};
  for (const auto recording : {Recording::gradients, Recording::values}) {
    Tape<double> tape(recording);
    CHECK_THROWS_AS(unroll::run(Grower(), tape.zeros({3, 2, 3}), {.lengths = lengths}), ShapeError);
  }
}
