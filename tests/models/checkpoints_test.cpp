#include "support/catch.hpp"
#include "support/models.hpp"
#include <unroll/framework/error.hpp>
#include <unroll/models/models.hpp>
#include <unroll/ops/ops.hpp>

#include <vector>

using namespace unroll;
using Catch::Matchers::Contains;

namespace {

/// All that training sees: outputs and last state, then the gradients of inputs, first state and parameters.
struct Seen {
  std::vector<Tensor<double>> numbers;
};

/// What is to be run, and what of it needs a gradient.
struct Case {
  std::size_t steps = 23, batch = 2;
  bool inputs_need = true, state_needs = true;
  bool from_outputs = true, from_state = true;
  std::size_t gathered_rows = 512;
};

/// Runs `unroll_it(tape's inputs, state)` and sweeps Σ outputs · weights + Σ last state · weights.
template <class Model>
Seen run(Model& model, const Case& of, auto&& unroll_it) {
  Tape<double> tape;
  tape.set_gathered_rows(of.gathered_rows);
  const auto leaf = [&](bool needs, std::uint64_t seed, const Shape& shape) {
    const auto numbers = normal<double>(Random(seed), shape);
    return needs ? tape.input(numbers) : tape.constant(numbers);
  };
  const auto inputs = leaf(of.inputs_need, 50, {of.steps, of.batch, 3});
  auto state = initial_state(model, tape, of.batch);
  std::vector<Variable<double>> first{inputs};
  for_each_variable(state, [&](auto& variable) {
    first.push_back(variable = leaf(of.state_needs, 60 + first.size(), variable.shape()));
  });
  const auto unrolled = unroll_it(inputs, state);

  std::vector<Variable<double>> results{unrolled.outputs};
  for_each_variable(unrolled.state, [&](const auto& variable) { results.push_back(variable); });
  Seen seen;
  Variable<double> loss = tape.constant(Tensor<double>({}, 0.0));
  for (std::size_t i = 0; i < results.size(); ++i) {
    seen.numbers.emplace_back(results[i].value());
    if (i == 0 ? of.from_outputs : of.from_state)
      loss = loss + sum(results[i] * tape.constant(normal<double>(Random(80 + i), results[i].shape())));
  }
  tape.backward(loss);
  for (const auto& variable : first)
    if (variable.needs_gradient()) seen.numbers.emplace_back(variable.gradient());
  for (const auto& [name, parameter] : parameters_of<double>(model))
    if (const double* const gradient = tape.gradient_of(*parameter))
      seen.numbers.emplace_back(TensorView<const double>(gradient, parameter->shape()));
  return seen;
}

void check_near(const Seen& seen, const Seen& expected) {
  REQUIRE(seen.numbers.size() == expected.numbers.size());
  for (std::size_t i = 0; i < seen.numbers.size(); ++i) {
    REQUIRE(seen.numbers[i].shape() == expected.numbers[i].shape());
    double largest = 0, apart = 0;
    for (std::size_t j = 0; j < seen.numbers[i].size(); ++j) {
      largest = std::max(largest, std::abs(expected.numbers[i][j]));
      apart = std::max(apart, std::abs(seen.numbers[i][j] - expected.numbers[i][j]));
    }
    INFO("tensor " << i << " of shape " << to_string(seen.numbers[i].shape()));
    CHECK(apart <= 1e-12 * std::max(largest, 1.0));
  }
}

/// Compares a model unrolled with checkpoints with the full run.
template <class Model>
void check_checkpoints(Model& model, const Case& of, const Checkpoints& checkpoints, const Noise& noise = {}) {
  if constexpr (requires { model.cells; }) {
    check_near(run(model, of, [&](auto x, auto state) { return unroll::unroll(model, x, state, noise, checkpoints); }),
               run(model, of, [&](auto x, auto state) { return unroll::unroll(model, x, state, noise); }));
  } else {
    check_near(run(model, of, [&](auto x, auto state) { return unroll::unroll(model, x, state, checkpoints); }),
               run(model, of, [&](auto x, auto state) { return unroll::unroll(model, x, state); }));
  }
}

/// The plain twin: one segment after another on one tape, which keeps them all.
template <class Cell>
Unrolled<double, typename Layers<Cell>::State> unroll_in_blocks(const Layers<Cell>& layers, Variable<double> inputs,
                                                                typename Layers<Cell>::State state, const Noise& noise,
                                                                const Checkpoints& checkpoints) {
  const auto plan = plan_checkpoints(checkpoints, inputs.shape()[0], 1);
  std::vector<Variable<double>> outputs;
  for (std::size_t segment = 0; segment < plan.segments; ++segment) {
    const std::size_t first = plan.begin(segment), count = plan.begin(segment + 1) - first;
    const auto unrolled = unroll::unroll(layers, slice(inputs, 0, first, count), state, noise, first);
    outputs.push_back(unrolled.outputs);
    state = unrolled.state;
  }
  return {concat(outputs, 0), state};
}

const std::vector<Checkpoints> schedules{{.steps = 5},
                                         {.steps = 1},
                                         {.states = 2, .steps = 3},
                                         {},
                                         {.schedule = Checkpoints::binomial, .states = 4},
                                         {.schedule = Checkpoints::binomial},
                                         {.schedule = Checkpoints::binomial, .states = 1},
                                         {.schedule = Checkpoints::binomial, .states = 2, .steps = 4}};

/// h' = tanh(a x + b h), c' = c + h', and k' = k: no projection, parameters of one number a unit, a state of three that
/// passes one on as it is. Counts its steps.
struct Counter {
  struct State {
    Variable<double> hidden, sum, kept;
  };
  Parameter<double> of_input{Tensor<double>({2, 3}, {0.5, 0.6, 0.7, 0.8, 0.9, 1.0})};
  Parameter<double> of_hidden{Tensor<double>({2, 3}, {0.5, -0.6, 0.7, -0.8, 0.9, -1.0})};
  std::size_t* steps;
  std::size_t hidden_size() const { return 3; }
  State step(Variable<double> x, const State& previous) const {
    ++*steps;
    auto& tape = x.tape();
    const auto hidden = tanh(tape.use(of_input) * x + tape.use(of_hidden) * previous.hidden);
    return {hidden, previous.sum + hidden * previous.kept, previous.kept};
  }
  static void members(auto& self, auto&& visit) {
    visit("of_input", self.of_input), visit("of_hidden", self.of_hidden);
  }
};

std::size_t evaluations(std::size_t steps, const Checkpoints& checkpoints) {
  std::size_t count = 0;
  Counter cell{.steps = &count};
  Tape<double> tape;
  const auto unrolled = unroll::unroll(cell, tape.constant(Tensor<double>({steps, 2, 3}, 0.1)), checkpoints);
  tape.backward(sum(unrolled.outputs));
  return count;
}

}  // namespace

TEMPLATE_TEST_CASE("with checkpoints a stack gives what the full run gives", "[checkpoints]", RnnCell<double>,
                   LstmCell<double>, GruCell<double>) {
  const std::size_t layers = GENERATE(1u, 2u, 3u);
  Layers<TestType> model(layers, {.inputs = 3, .hidden = 4}, Random(1), 0.4);
  for (const auto& checkpoints : schedules) {
    check_checkpoints(model, {}, checkpoints);
    check_checkpoints(model, {}, checkpoints, Random(7));
  }
}

TEST_CASE("with checkpoints a single cell gives what the full run gives, whichever gradients are asked",
          "[checkpoints]") {
  LstmCell<double> cell({.inputs = 3, .hidden = 4}, Random(1));
  for (const auto& checkpoints : schedules) {
    check_checkpoints(cell, {}, checkpoints);
    check_checkpoints(cell, {.inputs_need = false}, checkpoints);
    check_checkpoints(cell, {.state_needs = false}, checkpoints);
    check_checkpoints(cell, {.inputs_need = false, .state_needs = false}, checkpoints);
    check_checkpoints(cell, {.from_outputs = false}, checkpoints);
    check_checkpoints(cell, {.from_state = false}, checkpoints);
    check_checkpoints(cell, {.steps = 1}, checkpoints);
  }
}

TEST_CASE("with checkpoints a GRU that resets before the product cuts its weights as ever", "[checkpoints]") {
  GruCell<double> cell({.inputs = 3, .hidden = 4, .reset = GruReset::before_product}, Random(1));
  for (const auto& checkpoints : schedules) check_checkpoints(cell, {}, checkpoints);
}

TEST_CASE("with checkpoints frozen parameters get no gradient, and the others theirs", "[checkpoints]") {
  LstmCell<double> cell({.inputs = 3, .hidden = 4}, Random(1));
  cell.weights.hidden_weight.frozen = true;
  for (const auto& checkpoints : schedules) check_checkpoints(cell, {}, checkpoints);
  for (const auto& [name, parameter] : parameters_of<double>(cell)) parameter->frozen = true;
  for (const auto& checkpoints : schedules) {
    check_checkpoints(cell, {}, checkpoints);
    check_checkpoints(cell, {.inputs_need = false}, checkpoints);
    check_checkpoints(cell, {.state_needs = false}, checkpoints);
  }
}

TEST_CASE("with checkpoints a parameter used elsewhere on the tape gets both gradients", "[checkpoints]") {
  RnnCell<double> cell({.inputs = 3, .hidden = 3}, Random(1));
  const auto gradient = [&](auto&&... checkpoints) {
    Tape<double> tape;
    const auto x = linear(tape.constant(normal<double>(Random(2), {9, 2, 3})), cell.weights.hidden_weight);
    const auto hidden = unroll::unroll(cell, x, checkpoints...).outputs;
    tape.backward(sum(linear(hidden, cell.weights.hidden_weight)));
    return Tensor<double>(TensorView<const double>(tape.gradient_of(cell.weights.hidden_weight), {3, 3}));
  };
  const auto expected = gradient();
  const auto found = gradient(Checkpoints{.steps = 2});
  for (std::size_t i = 0; i < 9; ++i) CHECK(found[i] == Approx(expected[i]).epsilon(1e-12));
}

TEST_CASE("a cell without projection, a state of several parts and one passed on as it is", "[checkpoints]") {
  std::size_t count = 0;
  Counter cell{.steps = &count};
  for (const auto& checkpoints : schedules) check_checkpoints(cell, {}, checkpoints);
}

TEST_CASE("a step is evaluated as often as the schedule says", "[checkpoints]") {
  CHECK(evaluations(1000, {.schedule = Checkpoints::binomial, .states = 50}) == 2948);
  CHECK(evaluations(1000, {.schedule = Checkpoints::binomial, .bytes = 50 * 3 * 6 * sizeof(double)}) == 2948);
  CHECK(evaluations(1000, {}) == 2 * 1000 - 64);
  CHECK(evaluations(100, {.states = 3, .steps = 10}) == 2 * 100 - 34);
  CHECK(evaluations(64, {}) == 64);
  CHECK(evaluations(20, {.schedule = Checkpoints::binomial, .states = 1}) == 20 * 21 / 2);
}

// What a cell projects over all steps at once depends, by rounding, on how many they are. So the full run is cut where
// the segments are, and all of it stays on the tape.
TEMPLATE_TEST_CASE("gradients are those of a full run in the same blocks, bit by bit", "[checkpoints]", RnnCell<double>,
                   LstmCell<double>, GruCell<double>) {
  const std::size_t layers = GENERATE(1u, 2u, 3u);
  Layers<TestType> model(layers, {.inputs = 3, .hidden = 4}, Random(1), 0.4);
  for (const auto& checkpoints : schedules) {
    const Case gathered{.gathered_rows = 2 * plan_checkpoints(checkpoints, 23, 1).segment};
    const auto whole = run(
        model, gathered, [&](auto x, auto state) { return unroll_in_blocks(model, x, state, Random(7), checkpoints); });
    const auto found = run(model, gathered,
                           [&](auto x, auto state) { return unroll::unroll(model, x, state, Random(7), checkpoints); });
    CHECK((found.numbers == whole.numbers));
  }
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
  const auto gradients = [&](std::size_t rows, auto&&... checkpoints) {
    Tape<double> tape;
    tape.set_gathered_rows(rows);
    const auto unrolled = unroll::unroll(cell, embedding(tape, tokens), checkpoints...);
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
  const auto gradients = [&](auto&&... checkpoints) {
    parameters.zero_gradients();
    Tape<double> tape;
    const auto state = initial_state(layers, tape, 2);
    const auto unrolled = unroll::unroll(layers, embedding(tape, tokens), state, Random(7), checkpoints...);
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
  const auto whole = run(cell, {}, [&](auto x, auto state) { return unroll::unroll(cell, x, state); });
  for (const auto& checkpoints : schedules) {
    const auto found = run(cell, {}, [&](auto x, auto state) { return unroll::unroll(cell, x, state, checkpoints); });
    CHECK((found.numbers == whole.numbers));
  }
}

TEST_CASE("a tape of values keeps no more than a segment and the results", "[checkpoints]") {
  const Layers<GruCell<double>> model(2, {.inputs = 3, .hidden = 4}, Random(1), 0.4);
  const auto x = normal<double>(Random(2), {400, 2, 3});
  Tape<double> whole(Recording::values), part(Recording::values);
  const auto expected = unroll::unroll(model, whole.constant(x));
  const auto found = unroll::unroll(model, part.constant(x), Checkpoints{.steps = 10});
  for (std::size_t i = 0; i < found.outputs.value().size(); ++i)
    REQUIRE(found.outputs.value()[i] == Approx(expected.outputs.value()[i]).epsilon(1e-12));
  CHECK(found.state.layers[1].hidden.value()[7] == Approx(expected.state.layers[1].hidden.value()[7]).epsilon(1e-12));
  CHECK(part.bytes() < whole.bytes() / 3);
}

TEST_CASE("memory grows with the root of the steps, beside inputs and outputs", "[checkpoints]") {
  RnnCell<double> cell({.inputs = 1, .hidden = 16}, Random(1));
  const auto bytes = [&](std::size_t steps, auto&&... checkpoints) {
    Tape<double> tape;
    const auto outputs =
        unroll::unroll(cell, tape.constant(Tensor<double>({steps, 1, 1}, 0.1)), checkpoints...).outputs;
    tape.backward(sum(outputs));
    return tape.bytes() - 2 * outputs.value().size() * sizeof(double);  // values and gradients
  };
  CHECK(bytes(40000) > 20 * bytes(40000, Checkpoints{}));
  CHECK(bytes(40000, Checkpoints{}) < 3 * bytes(10000, Checkpoints{}));
  CHECK(bytes(1000, Checkpoints{.schedule = Checkpoints::binomial, .states = 10})
        < bytes(1000, Checkpoints{.schedule = Checkpoints::binomial, .states = 100}));
}

TEST_CASE("windows with checkpoints are joined by carried memory, and the tape is used again", "[checkpoints]") {
  Layers<LstmCell<double>> layers(2, {.inputs = 3, .hidden = 4}, Random(1));
  const auto parameters = parameters_of<double>(layers);
  const auto x = normal<double>(Random(2), {20, 2, 3});
  const auto gradients = [&](auto&&... checkpoints) {
    parameters.zero_gradients();
    Tape<double> tape;
    CarriedState<double> memory;
    for (std::size_t half = 0; half < 2; ++half) {
      tape.clear();
      const auto inputs = tape.constant(TensorView<const double>(x.data() + half * 60, {10, 2, 3}));
      const auto unrolled = unroll::unroll(layers, inputs, memory.resume(layers, tape, 2), checkpoints...);
      backward(sum(square(unrolled.outputs)), parameters);
      memory.keep(unrolled.state);
    }
    std::vector<Tensor<double>> result = memory.values();
    for (const auto& [name, parameter] : parameters) result.push_back(parameter->gradient());
    return Seen{result};
  };
  check_near(gradients(Checkpoints{.steps = 3}), gradients());
}

TEST_CASE("two sequences with checkpoints on one tape do not disturb each other", "[checkpoints]") {
  LstmCell<double> cell({.inputs = 3, .hidden = 3}, Random(1));
  const auto gradient = [&](auto&&... checkpoints) {
    Tape<double> tape;
    const auto x = tape.input(normal<double>(Random(2), {9, 2, 3}));
    const auto forward = unroll::unroll(cell, x, checkpoints...);
    const auto again = unroll::unroll(cell, forward.outputs, forward.state, checkpoints...);
    tape.backward(sum(square(again.outputs) + forward.outputs));
    return Seen{{Tensor<double>(x.gradient())}};
  };
  check_near(gradient(Checkpoints{.steps = 2}), gradient());
}

TEST_CASE("gradients with checkpoints agree with central differences", "[checkpoints][gradient]") {
  Layers<GruCell<double>> layers(2, {.inputs = 2, .hidden = 3}, Random(1), 0.3);
  const auto report = check_gradients(
      [&](auto& tape, auto in) {
        return unroll::unroll(layers, in[0], initial_state(layers, tape, 2), Random(9), Checkpoints{.steps = 2})
            .outputs;
      },
      {normal<double>(Random(2), {5, 2, 2})}, parameters_of<double>(layers));
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("unroll with checkpoints names what is wrong with a sequence, a state or a budget", "[checkpoints][error]") {
  const LstmCell<> cell({.inputs = 3, .hidden = 4}, Random(1));
  Tape tape;
  const Checkpoints checkpoints;
  CHECK_THROWS_WITH(unroll::unroll(cell, tape.zeros({5, 3}), checkpoints), Contains("expected 3 axes: [T, N, D]"));
  CHECK_THROWS_WITH(unroll::unroll(cell, tape.zeros({5, 4, 3}), initial_state(cell, tape, 3), checkpoints),
                    Contains("state [N=3, H=4]") && Contains("another batch"));
  CHECK_THROWS_AS(unroll::unroll(cell, tape.zeros({5, 2, 3}), LstmCell<>::State{}, checkpoints), TapeError);
  CHECK_THROWS_WITH(unroll::unroll(cell, tape.zeros({5, 2, 3}), Checkpoints{.bytes = 10}),
                    Contains("at most 10 bytes given, but the state alone has 64"));
  const Layers<LstmCell<>> empty, two(2, {.inputs = 3, .hidden = 4}, Random(1)), one(1, {3, 4}, Random(1));
  CHECK_THROWS_WITH(unroll::unroll(empty, tape.zeros({5, 2, 3}), checkpoints), Contains("has no layer"));
  CHECK_THROWS_WITH(unroll::unroll(two, tape.zeros({5, 2, 3}), initial_state(one, tape, 2), checkpoints),
                    Contains("a state of 1 layers given to a stack of 2"));
}
