#include "support/catch.hpp"
#include "support/models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models.hpp>

using namespace unroll;
using Catch::Matchers::Contains;

TEST_CASE("a stack equals its cells unrolled one after another", "[layers]") {
  const Layers<GruCell<double>> layers(3, {.inputs = 3, .hidden = 4}, Random(1));
  const auto numbers = normal<double>(Random(2), {5, 2, 3});
  Tape<double> tape;
  Variable<double> by_hand = tape.constant(numbers);
  for (const auto& cell : layers.cells) by_hand = unroll::run(cell, by_hand).outputs;
  CHECK(Tensor<double>(unroll::run(layers, tape.constant(numbers)).outputs.value()) == Tensor<double>(by_hand.value()));
}

TEST_CASE("dropout acts between layers, only with noise, and the same noise repeats it", "[layers]") {
  const Layers<LstmCell<>> layers(2, {.inputs = 3, .hidden = 8}, Random(1), 0.5);
  const auto run = [](const auto& stack, const Noise& noise) {
    Tape tape;
    const auto x = tape.constant(normal(Random(2), {5, 2, 3}));
    return Tensor<>(unroll::run(stack, x, {.state = initial_state(stack, tape, 2), .noise = noise}).outputs.value());
  };
  const Layers<LstmCell<>> without(2, {.inputs = 3, .hidden = 8}, Random(1));
  CHECK(run(layers, {}) == run(without, {}));
  CHECK(run(layers, {}) == run(without, Random(3)));
  CHECK(run(layers, Random(3)) == run(layers, Random(3)));
  CHECK_FALSE(run(layers, Random(3)) == run(layers, Random(4)));
  CHECK_FALSE(run(layers, Random(3)) == run(layers, {}));
  const Layers<LstmCell<>> single(1, {.inputs = 3, .hidden = 8}, Random(1), 0.5);
  CHECK(run(single, Random(3)) == run(single, {}));
}

TEST_CASE("the rest of a sequence drops what the whole drops from there on", "[layers]") {
  const Layers<RnnCell<double>> layers(3, {.inputs = 3, .hidden = 4}, Random(1), 0.5);
  Tape<double> tape;
  const auto x = tape.constant(normal<double>(Random(2), {5, 2, 3}));
  const auto whole = unroll::run(layers, x, {.state = initial_state(layers, tape, 2), .noise = Random(3)});
  const auto begun =
      unroll::run(layers, slice(x, 0, 0, 2), {.state = initial_state(layers, tape, 2), .noise = Random(3)});
  const auto rest = unroll::run(layers, slice(x, 0, 2, 3), {.state = begun.state, .noise = Random(3), .first_step = 2});
  for (std::size_t i = 0; i < 24; ++i)
    CHECK(rest.outputs.value()[i] == Approx(whole.outputs.value()[16 + i]).epsilon(1e-13));
}

TEST_CASE("a stack with dropout: gradients agree with central differences under fixed noise", "[layers][gradient]") {
  Layers<LstmCell<double>> layers(3, {.inputs = 2, .hidden = 4}, Random(1), 0.3);
  const auto report = check_gradients(
      [&](auto& tape, auto in) {
        return unroll::run(layers, in[0], {.state = initial_state(layers, tape, 2), .noise = Random(9)}).outputs;
      },
      {normal<double>(Random(2), {4, 2, 2})}, parameters_of<double>(layers));
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("the parameters of a stack are named by layer", "[layers]") {
  Layers<GruCell<>> layers(2, {.inputs = 3, .hidden = 4}, Random(1));
  const auto parameters = parameters_of(layers);
  REQUIRE(parameters.size() == 8);
  CHECK(parameters[0].name == "0.input_weight");
  CHECK(parameters[5].name == "1.hidden_weight");
  CHECK(parameters[4].parameter->shape() == Shape{12, 4});
  CHECK(parameters.count() == 2 * (12 * 4 + 24) + 12 * 3 + 12 * 4);
}

TEST_CASE("an empty stack, and a state of another depth, are named", "[layers][error]") {
  const Layers<GruCell<>> one(1, {.inputs = 3, .hidden = 4}, Random(1)), two(2, {.inputs = 3, .hidden = 4}, Random(1));
  Tape tape;
  CHECK_THROWS_WITH(unroll::run(Layers<GruCell<>>(), tape.zeros({1, 1, 3})), Contains("has no layer"));
  CHECK_THROWS_WITH(unroll::run(two, tape.zeros({1, 1, 3}), {.state = initial_state(one, tape, 1)}),
                    Contains("a state of 1 layer given to a stack of 2"));
  CHECK_THROWS_AS(Layers<GruCell<>>().hidden_size(), ArgumentError);
}

TEST_CASE("residual connections add what comes from below, before dropout, from the second layer on", "[layers]") {
  Layers<GruCell<double>> layers(3, {.inputs = 3, .hidden = 4}, Random(1), 0.5);
  const auto numbers = normal<double>(Random(2), {5, 2, 3});
  Tape<double> tape, other;
  layers.residual = true;
  const auto found =
      unroll::run(layers, tape.constant(numbers), {.state = initial_state(layers, tape, 2), .noise = Random(3)});
  auto expected = unroll::run(layers.cells[0], other.constant(numbers)).outputs;
  for (std::size_t layer = 1; layer < 3; ++layer) {
    const auto dropped = layers.dropout(expected, Random(3).split(layer));
    expected = unroll::run(layers.cells[layer], dropped).outputs + expected;
  }
  CHECK(Tensor<double>(found.outputs.value()) == Tensor<double>(expected.value()));

  const auto report = check_gradients(
      [&](auto& recording, auto in) {
        return unroll::run(layers, in[0], {.state = initial_state(layers, recording, 2), .noise = Random(9)}).outputs;
      },
      {normal<double>(Random(2), {3, 2, 3})}, parameters_of<double>(layers));
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("a residual connection of another width names the layer and both widths", "[layers][error]") {
  Layers<GruCell<>> layers(
      {GruCell<>({.inputs = 3, .hidden = 4}, Random(1)), GruCell<>({.inputs = 4, .hidden = 6}, Random(2))});
  layers.residual = true;
  Tape tape;
  CHECK_THROWS_WITH(unroll::run(layers, tape.zeros({1, 1, 3})),
                    Contains("layer 1 has a residual connection, but 4 inputs and 6 outputs"));
}
