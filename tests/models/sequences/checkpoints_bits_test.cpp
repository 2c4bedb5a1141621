#include "support/checkpoints.hpp"
#include "support/composite_cells.hpp"
#include <unroll/models/sequences/run.hpp>

using namespace unroll;
using namespace unroll_test;
using namespace unroll::testing;

namespace {

/// The plain twin: one segment after another on one tape, which keeps them all.
template <class Layer>
Unrolled<double, typename Layer::State> unroll_in_blocks(const Layer& layers, Variable<double> inputs,
                                                         typename Layer::State state, const Noise& noise,
                                                         const Checkpoints& checkpoints) {
  const auto plan = plan_checkpoints(checkpoints, inputs.shape()[0], 1);
  std::vector<Variable<double>> outputs;
  for (std::size_t segment = 0; segment < plan.segments; ++segment) {
    const std::size_t first = plan.begin(segment), count = plan.begin(segment + 1) - first;
    const auto unrolled =
        unroll::run(layers, slice(inputs, 0, first, count), {.state = state, .noise = noise, .first_step = first});
    outputs.push_back(unrolled.outputs);
    state = unrolled.state;
  }
  return {concat(outputs, 0), state};
}

/// Whether a layer with checkpoints has the bits of its plain twin, at every schedule.
template <class Layer>
void check_bits(Layer& layer) {
  for (const auto& checkpoints : schedules) {
    const Case gathered{.gathered_rows = 2 * plan_checkpoints(checkpoints, 23, 1).segment};
    const auto whole = run(
        layer, gathered, [&](auto x, auto state) { return unroll_in_blocks(layer, x, state, Random(7), checkpoints); });
    const auto found = run(layer, gathered, [&](auto x, auto state) {
      return unroll::run(layer, x, {.state = state, .noise = Random(7), .checkpoints = checkpoints});
    });
    CHECK((found.numbers == whole.numbers));
  }
}

/// A layer of a user's own, with a cell's state and outputs wider than that: its inputs stand beside them.
struct Beside {
  using State = GruCell<double>::State;
  GruCell<double> cell{{.inputs = 3, .hidden = 4}, Random(3)};
  std::size_t hidden_size() const { return 4; }
  Unrolled<double, State> run(const SequenceBatch<double>& batch, const State& state, const StepContext& begin) const {
    const auto unrolled = detail::run_layer(cell, batch, state, begin);
    return {concat({unrolled.outputs, batch.data}, -1), unrolled.state};
  }
  static void members(auto& self, auto&& visit) { visit("cell", self.cell); }
};

/// tanh cells of width 3 without a weight.
struct Plain {
  TwoParts step(Variable<double> input, const TwoParts& previous) const {
    const auto hidden = tanh(input + 0.5 * previous.hidden);
    return {hidden, previous.other + hidden};
  }
};

}  // namespace

// What a cell projects over all steps at once depends, by rounding, on how many they are. So the full run is cut where
// the segments are, and all of it stays on the tape.
TEMPLATE_TEST_CASE("gradients are those of a full run in the same blocks, bit by bit", "[checkpoints]", RnnCell<double>,
                   LstmCell<double>, GruCell<double>) {
  const std::size_t layers = GENERATE(1u, 2u, 3u);
  Layers<TestType> model(layers, {.inputs = 3, .hidden = 4}, Random(1), 0.4);
  check_bits(model);
}

TEST_CASE("a stack of several kinds, with checkpoints, has the bits of a full run in the same blocks",
          "[checkpoints]") {
  Stack stack(LstmCell<double>({.inputs = 3, .hidden = 4}, Random(1)),
              Layers<GruCell<double>>(2, {.inputs = 4, .hidden = 4}, Random(2), 0.4));
  stack.dropout = Dropout{0.3};
  check_bits(stack);
  // Not both: over segments of one step, three gradients then meet at a state in another order, in Layers too.
  stack.dropout = Dropout{0};
  stack.residual = true;
  check_bits(stack);
}

TEST_CASE("a layer of one's own, with checkpoints, has the bits of a full run in the same blocks", "[checkpoints]") {
  Beside layer;
  check_bits(layer);
  Stack upon(Beside(), RnnCell<double>({.inputs = 7, .hidden = 4}, Random(4)));
  check_bits(upon);
}

TEST_CASE("a cell whose state is in parts, with checkpoints, has the bits of a full run in the same blocks",
          "[checkpoints]") {
  InParts<Plain> cell;
  check_bits(cell);
}

// Tokens are projected once for all steps, so here the full run needs no cuts.
TEMPLATE_TEST_CASE("gradients of tokens are those of the full run in the same blocks, bit by bit", "[checkpoints]",
                   RnnCell<double>, LstmCell<double>) {
  TestType cell({.inputs = 3, .hidden = 4}, Random(1));
  Embedding<double> embedding({.tokens = 5, .width = 3}, Random(2));
  Parameters<double> parameters(cell);
  parameters.add(embedding);
  Tensor<int> tokens({23, 2});
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int>(Random(3).bits(i) % 5);
  const auto gradients = [&](std::size_t rows, const std::optional<Checkpoints>& checkpoints = {}) {
    Tape<double> tape;
    tape.set_gathered_rows(rows);
    const auto unrolled = unroll::run(cell, embedding(tape, tokens), {.checkpoints = checkpoints});
    tape.backward(sum(square(unrolled.outputs)) + sum(unrolled.state.hidden));
    std::vector<Tensor<double>> numbers{Tensor<double>(unrolled.outputs.value())};
    for (const auto& [name, parameter] : parameters)
      numbers.emplace_back(TensorView<const double>(tape.gradient_of(*parameter), parameter->shape()));
    return numbers;
  };
  for (const auto& checkpoints : schedules) {
    const std::size_t rows = 2 * plan_checkpoints(checkpoints, 23, 1).segment;
    CHECK((gradients(rows, checkpoints) == gradients(rows)));
    check_near({gradients(512, checkpoints)}, {gradients(512)});
  }
}

TEST_CASE("a stack over tokens, many or few, gives what the full run gives", "[checkpoints]") {
  const std::size_t vocabulary = GENERATE(5u, 500u);
  Layers<GruCell<double>> layers(2, {.inputs = 3, .hidden = 4}, Random(1), 0.4);
  Embedding<double> embedding({.tokens = vocabulary, .width = 3}, Random(2));
  Parameters<double> parameters(layers);
  parameters.add(embedding);
  Tensor<int> tokens({23, 2});
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int>(Random(3).bits(i) % vocabulary);
  const auto gradients = [&](const std::optional<Checkpoints>& checkpoints = {}) {
    parameters.zero_gradients();
    Tape<double> tape;
    const auto state = initial_state(layers, tape, 2);
    const auto unrolled =
        unroll::run(layers, embedding(tape, tokens), {.state = state, .noise = Random(7), .checkpoints = checkpoints});
    backward(sum(square(unrolled.outputs)), parameters);
    std::vector<Tensor<double>> numbers;
    for (const auto& [name, parameter] : parameters) numbers.push_back(parameter->gradient());
    return Seen{numbers};
  };
  for (const auto& checkpoints : schedules) check_near(gradients(checkpoints), gradients());
}

TEST_CASE("without projection gradients are those of the full run, bit by bit", "[checkpoints]") {
  std::size_t count = 0;
  Counter cell{.steps = &count};
  const auto whole = run(cell, {}, [&](auto x, auto state) { return unroll::run(cell, x, {.state = state}); });
  for (const auto& checkpoints : schedules) {
    const auto found = run(cell, {}, [&](auto x, auto state) {
      return unroll::run(cell, x, {.state = state, .checkpoints = checkpoints});
    });
    CHECK((found.numbers == whole.numbers));
  }
}

TEST_CASE("a stack of several kinds over tokens, many or few, gives what the full run gives", "[checkpoints]") {
  const std::size_t vocabulary = GENERATE(5u, 500u);
  const Stack stack(GruCell<double>({.inputs = 3, .hidden = 4}, Random(1)),
                    LstmCell<double>({.inputs = 4, .hidden = 2}, Random(2)));
  const Embedding<double> embedding({.tokens = vocabulary, .width = 3}, Random(2));
  Tensor<int> tokens({23, 2});
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int>(Random(3).bits(i) % vocabulary);
  const auto seen = [&](const std::optional<Checkpoints>& checkpoints = {}) {
    Tape<double> tape;
    const auto unrolled = unroll::run(stack, embedding(tape, tokens), {.checkpoints = checkpoints});
    tape.backward(sum(square(unrolled.outputs)));
    Seen found{{Tensor<double>(unrolled.outputs.value())}};
    for_each_unnamed_parameter(stack, [&](const Parameter<double>& parameter) {
      found.numbers.emplace_back(TensorView<const double>(tape.gradient_of(parameter), parameter.shape()));
    });
    return found;
  };
  for (const auto& checkpoints : schedules) check_near(seen(checkpoints), seen());
}
