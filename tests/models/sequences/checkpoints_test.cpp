#include "support/checkpoints.hpp"

#include "support/models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/sequences/run.hpp>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {

/// Compares a model unrolled with checkpoints with the full run.
template <class Model>
void check_checkpoints(Model& model, const Case& of, const Checkpoints& checkpoints, const Noise& noise = {}) {
  if constexpr (requires { model.cells; }) {
    check_near(
        run(model, of,
            [&](auto x, auto state) {
              return unroll::run(model, x, {.state = state, .noise = noise, .checkpoints = checkpoints});
            }),
        run(model, of, [&](auto x, auto state) { return unroll::run(model, x, {.state = state, .noise = noise}); }));
  } else {
    check_near(
        run(model, of,
            [&](auto x, auto state) { return unroll::run(model, x, {.state = state, .checkpoints = checkpoints}); }),
        run(model, of, [&](auto x, auto state) { return unroll::run(model, x, {.state = state}); }));
  }
}

std::size_t evaluations(std::size_t steps, const Checkpoints& checkpoints) {
  std::size_t count = 0;
  Counter cell{.steps = &count};
  Tape<double> tape;
  const auto unrolled =
      unroll::run(cell, tape.constant(Tensor<double>({steps, 2, 3}, 0.1)), {.checkpoints = checkpoints});
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
  const auto gradient = [&](const std::optional<Checkpoints>& checkpoints = {}) {
    Tape<double> tape;
    const auto x = linear(tape.constant(normal<double>(Random(2), {9, 2, 3})), cell.weights.hidden_weight);
    const auto hidden = unroll::run(cell, x, {.checkpoints = checkpoints}).outputs;
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

TEST_CASE("a tape of values keeps no more than a segment and the results", "[checkpoints]") {
  const Layers<GruCell<double>> model(2, {.inputs = 3, .hidden = 4}, Random(1), 0.4);
  const auto x = normal<double>(Random(2), {400, 2, 3});
  Tape<double> whole(Recording::values), part(Recording::values);
  const auto expected = unroll::run(model, whole.constant(x));
  const auto found = unroll::run(model, part.constant(x), {.checkpoints = Checkpoints{.steps = 10}});
  for (std::size_t i = 0; i < found.outputs.value().size(); ++i)
    REQUIRE(found.outputs.value()[i] == Approx(expected.outputs.value()[i]).epsilon(1e-12));
  CHECK(found.state.layers[1].hidden.value()[7] == Approx(expected.state.layers[1].hidden.value()[7]).epsilon(1e-12));
  CHECK(part.bytes() < whole.bytes() / 3);
}

TEST_CASE("memory grows with the root of the steps, beside inputs and outputs", "[checkpoints]") {
  RnnCell<double> cell({.inputs = 1, .hidden = 16}, Random(1));
  const auto bytes = [&](std::size_t steps, const std::optional<Checkpoints>& checkpoints = {}) {
    Tape<double> tape;
    const auto outputs =
        unroll::run(cell, tape.constant(Tensor<double>({steps, 1, 1}, 0.1)), {.checkpoints = checkpoints}).outputs;
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
  const auto gradients = [&](const std::optional<Checkpoints>& checkpoints = {}) {
    parameters.zero_gradients();
    Tape<double> tape;
    CarriedState<double> memory;
    for (std::size_t half = 0; half < 2; ++half) {
      tape.clear();
      const auto inputs = tape.constant(TensorView<const double>(x.data() + half * 60, {10, 2, 3}));
      const auto unrolled =
          unroll::run(layers, inputs, {.state = memory.resume(layers, tape, 2), .checkpoints = checkpoints});
      backward(sum(square(unrolled.outputs)), parameters);
      memory.keep(unrolled.state);
    }
    std::vector<Tensor<double>> result = memory.values();
    for (const auto& [name, parameter] : parameters) result.push_back(parameter->gradient());
    return Seen{result};
  };
  check_near(gradients(Checkpoints{.steps = 3}), gradients());
}

TEST_CASE("a piece of a longer sequence with checkpoints goes by the time there, and drops what the whole drops",
          "[checkpoints]") {
  using Zoned = Zoneout<LstmCell<double>>;
  Layers<Zoned> layers(2, {.inputs = 3, .hidden = 4}, Random(1), 0.4);
  Zoned cell({.inputs = 3, .hidden = 4}, Random(2));
  const auto check = [](auto& model, const Checkpoints& checkpoints) {
    check_near(run(model, {},
                   [&](auto x, auto state) {
                     return unroll::run(
                         model, x, {.state = state, .noise = Random(7), .first_step = 40, .checkpoints = checkpoints});
                   }),
               run(model, {}, [&](auto x, auto state) {
                 return unroll::run(model, x, {.state = state, .noise = Random(7), .first_step = 40});
               }));
  };
  for (const auto& checkpoints : schedules) {
    check(layers, checkpoints);
    check(cell, checkpoints);
  }
}

TEST_CASE("two sequences with checkpoints on one tape do not disturb each other", "[checkpoints]") {
  LstmCell<double> cell({.inputs = 3, .hidden = 3}, Random(1));
  const auto gradient = [&](const std::optional<Checkpoints>& checkpoints = {}) {
    Tape<double> tape;
    const auto x = tape.input(normal<double>(Random(2), {9, 2, 3}));
    const auto forward = unroll::run(cell, x, {.checkpoints = checkpoints});
    const auto again = unroll::run(cell, forward.outputs, {.state = forward.state, .checkpoints = checkpoints});
    tape.backward(sum(square(again.outputs) + forward.outputs));
    return Seen{{Tensor<double>(x.gradient())}};
  };
  check_near(gradient(Checkpoints{.steps = 2}), gradient());
}

TEST_CASE("gradients with checkpoints agree with central differences", "[checkpoints][gradient]") {
  Layers<GruCell<double>> layers(2, {.inputs = 2, .hidden = 3}, Random(1), 0.3);
  const auto report = check_gradients(
      [&](auto& tape, auto in) {
        return unroll::run(layers, in[0],
                           {.state = initial_state(layers, tape, 2),
                            .noise = Random(9),
                            .checkpoints = Checkpoints{.steps = 2}})
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
  CHECK_THROWS_WITH(unroll::run(cell, tape.zeros({5, 3}), {.checkpoints = checkpoints}),
                    Contains("expected 3 axes: [T, N, D]"));
  CHECK_THROWS_WITH(
      unroll::run(cell, tape.zeros({5, 4, 3}), {.state = initial_state(cell, tape, 3), .checkpoints = checkpoints}),
      Contains("state [N=3, H=4]") && Contains("another batch"));
  CHECK_THROWS_AS(unroll::run(cell, tape.zeros({5, 2, 3}), {.state = LstmCell<>::State{}, .checkpoints = checkpoints}),
                  TapeError);
  CHECK_THROWS_WITH(unroll::run(cell, tape.zeros({5, 2, 3}), {.checkpoints = Checkpoints{.bytes = 10}}),
                    Contains("at most 10 bytes given, but the state alone has 64"));
  const Layers<LstmCell<>> empty, two(2, {.inputs = 3, .hidden = 4}, Random(1)), one(1, {3, 4}, Random(1));
  CHECK_THROWS_WITH(unroll::run(empty, tape.zeros({5, 2, 3}), {.checkpoints = checkpoints}), Contains("has no layer"));
  CHECK_THROWS_WITH(
      unroll::run(two, tape.zeros({5, 2, 3}), {.state = initial_state(one, tape, 2), .checkpoints = checkpoints}),
      Contains("a state of 1 layer given to a stack of 2"));
}
