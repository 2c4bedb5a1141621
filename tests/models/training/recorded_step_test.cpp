#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/modifiers/modifiers.hpp>
#include <unroll/models/sequences/stack.hpp>
#include <unroll/models/training/recorded_step.hpp>

#include <cmath>
#include <limits>

using namespace unroll;
using namespace unroll::testing;

TEST_CASE("a recorded step is the cell's step, for every row of a batch of equal ones", "[rtrl]") {
  const LstmCell<double> cell({.inputs = 2, .hidden = 3}, Random(1));
  const auto x = normal<double>(Random(2), {1, 2}), h = normal<double>(Random(3), {1, 3}),
             c = normal<double>(Random(4), {1, 3});
  Tape<double> tape;
  const std::vector<Tensor<double>> state{h, c};
  const auto step = detail::record_step<LstmCell<double>, double>(cell, tape, x.view(), state, 4, {});
  const auto expected =
      cell.step(cell.project(tape.constant(x)), {.hidden = tape.constant(h), .cell = tape.constant(c)});
  REQUIRE(step.after.size() == 2);
  CHECK(step.hidden == 0);
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK(step.after[0].value()[i] == Approx(expected.hidden.value()[i % 3]).epsilon(1e-14));
    CHECK(step.after[1].value()[i] == Approx(expected.cell.value()[i % 3]).epsilon(1e-14));
  }
  CHECK(step.before[1].needs_gradient());
}

TEST_CASE("of a stack the hidden state is that of the highest layer", "[rtrl]") {
  const Layers<LstmCell<double>> layers(2, {.inputs = 2, .hidden = 3}, Random(1));
  Tape<double> tape;
  const std::vector<Tensor<double>> state(4, Tensor<double>({1, 3}));
  const auto step = detail::record_step<Layers<LstmCell<double>>, double>(
      layers, tape, Tensor<double>({1, 2}, 1.0).view(), state, 1, {});
  CHECK(step.hidden == 2);
}

TEST_CASE("outputs that are not the hidden state are refused", "[rtrl][error]") {
  Layers<LstmCell<double>> layers(2, {.inputs = 3, .hidden = 3}, Random(1));
  layers.residual = true;
  Tape<double> tape;
  const std::vector<Tensor<double>> state(4, Tensor<double>({1, 3}));
  const Tensor<double> x({1, 3}, 1.0);
  CHECK_THROWS_WITH((detail::record_step<Layers<LstmCell<double>>, double>(layers, tape, x.view(), state, 1, {})),
                    Catch::Matchers::Contains("outputs are not its hidden state"));
}

TEST_CASE("a state that is NaN is no residual connection", "[rtrl]") {
  const LstmCell<double> cell({.inputs = 2, .hidden = 3}, Random(1));
  Tape<double> tape;
  const std::vector<Tensor<double>> state(2, Tensor<double>({1, 3}));
  const Tensor<double> x({1, 2}, {1.0, std::numeric_limits<double>::quiet_NaN()});
  const auto step = detail::record_step<LstmCell<double>, double>(cell, tape, x.view(), state, 2, {});
  for (const double number : step.after[step.hidden].value()) CHECK(std::isnan(number));
}

TEST_CASE("of a stack of several kinds the hidden state is that of the highest layer", "[rtrl]") {
  const Stack stack(LstmCell<double>({.inputs = 2, .hidden = 3}, Random(1)),
                    GruCell<double>({.inputs = 3, .hidden = 4}, Random(2)));
  Tape<double> tape;
  const std::vector<Tensor<double>> state{Tensor<double>({1, 3}), Tensor<double>({1, 3}), Tensor<double>({1, 4})};
  const auto step = detail::record_step<Stack<LstmCell<double>, GruCell<double>>, double>(
      stack, tape, Tensor<double>({1, 2}, 1.0).view(), state, 1, {});
  CHECK(step.hidden == 2);
}
