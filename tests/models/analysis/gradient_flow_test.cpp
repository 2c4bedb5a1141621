#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/analysis/gradient_flow.hpp>
#include <unroll/models/modifiers/modifiers.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/losses.hpp>
#include <unroll/ops/reduction.hpp>

#include <cmath>

using namespace unroll;
using Catch::Contains;

namespace {

using LinearCell = RnnCell<double, activation::Identity>;

const auto sum_of_last = [](auto outputs) { return sum(at_step(outputs, outputs.shape()[0] - 1)); };

template <class Cell>
Cell with_weight(Cell cell, const Tensor<double>& weight) {
  *cell.weights.hidden_weight.mutable_value() = weight;
  return cell;
}

Tensor<double> power_of(const Tensor<double>& matrix, std::size_t exponent) {
  const std::size_t n = matrix.shape()[0];
  Tensor<double> power = identity<double>({n, n});
  for (; exponent > 0; --exponent) {
    Tensor<double> next({n, n});
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        for (std::size_t k = 0; k < n; ++k) next.at({i, j}) += power.at({i, k}) * matrix.at({k, j});
    power = next;
  }
  return power;
}

/// The state after each step, and the loss if the hidden state after `step` were moved by `by` in one number.
template <class Cell>
double loss_with_moved_state(const Cell& cell, const Tensor<double>& inputs, std::size_t step,
                             std::size_t variable_index, std::size_t number, double by) {
  Tape<double> tape;
  const auto projected = cell.project(tape.constant(inputs));
  auto state = initial_state(cell, tape, inputs.shape()[1]);
  std::vector<Variable<double>> hidden;
  for (std::size_t t = 0; t < inputs.shape()[0]; ++t) {
    state = cell.step(at_step(projected, t), state);
    std::size_t index = 0;
    if (t == step)
      for_each_variable(state, [&](Variable<double>& variable) {
        if (index++ != variable_index) return;
        Tensor<double> moved(variable.value());
        moved[number] += by;
        variable = tape.constant(moved);
      });
    hidden.push_back(state.hidden);
  }
  return sum(square(stack(std::span<const Variable<double>>(hidden)))).item();
}

}  // namespace

TEST_CASE("a linear RNN's Jacobians are the powers of its weight, and decay as its spectral radius",
          "[gradient_flow]") {
  const double radius = GENERATE(0.8, 1.0, 1.3);
  // Not normal: an upper triangle beside eigenvalues of at most `radius`.
  Tensor<double> weight = normal<double>(Random(1), {5, 5}, 0, 0.3);
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j <= i; ++j) weight.at({i, j}) = i == j ? radius * (1 - 0.15 * static_cast<double>(i)) : 0;
  const auto cell = with_weight(LinearCell({.inputs = 2, .hidden = 5}, Random(2)), weight);
  const auto inputs = normal<double>(Random(3), {60, 3, 2});
  const auto flow = gradient_flow(cell, inputs, sum_of_last, {.jacobians = {.ends = 3, .distances = 60}});
  const auto& layer = flow.layers.at(0);
  for (const auto& [end, distance, norm, largest] : layer.jacobians) {
    CHECK(norm == Approx(spectral_norm(power_of(weight, distance))).epsilon(1e-10));
    CHECK(largest == Approx(norm).epsilon(1e-10));
  }
  CHECK(layer.decay.per_step == Approx(radius).epsilon(0.02));
  CHECK(*layer.bound == Approx(spectral_norm(weight)));
  CHECK(within_bound(layer));
  CHECK(kind_of(layer, flow.steps)
        == (radius < 1   ? FlowKind::vanishing
            : radius > 1 ? FlowKind::exploding
                         : FlowKind::healthy));
}

TEST_CASE("power iteration over states whose squares overflow finds what the Jacobians themselves have",
          "[gradient_flow]") {
  const auto cell =
      with_weight(LinearCell({.inputs = 2, .hidden = 5}, Random(2)), normal<double>(Random(1), {5, 5}, 0, 0.4));
  auto inputs = normal<double>(Random(3), {12, 3, 2});
  for (double& number : inputs) number *= 1e200;
  const auto exact = gradient_flow(cell, inputs, sum_of_last).layers[0],
             iterated = gradient_flow(cell, inputs, sum_of_last, {.jacobians = {.exact_width = 0}}).layers[0];
  for (std::size_t i = 0; i < exact.jacobians.size(); ++i)
    CHECK(iterated.jacobians.at(i).norm == Approx(exact.jacobians[i].norm).epsilon(5e-3));
}

TEST_CASE("the bound holds for tanh RNNs of both forms at all distances, and power iteration agrees",
          "[gradient_flow]") {
  const double scale = GENERATE(0.5, 1.0, 2.0);
  const auto weight = normal<double>(Random(4), {8, 8}, 0, scale / std::sqrt(8.0));
  const auto inputs = normal<double>(Random(5), {20, 3, 4});
  const auto check = [&](const auto& cell) {
    const auto layer = gradient_flow(cell, inputs, sum_of_last, {.jacobians = {.ends = 20}}).layers[0];
    const auto iterated =
        gradient_flow(cell, inputs, sum_of_last, {.jacobians = {.ends = 20, .exact_width = 0}}).layers[0];
    CHECK(layer.exact);
    CHECK_FALSE(iterated.exact);
    CHECK(*layer.bound == Approx(spectral_norm(weight)));
    CHECK(within_bound(layer));
    REQUIRE(layer.jacobians.size() == 19 * 20 / 2);
    for (std::size_t i = 0; i < layer.jacobians.size(); ++i) {
      const auto& [end, distance, norm, largest] = layer.jacobians[i];
      CHECK(largest <= std::pow(*layer.bound, static_cast<double>(distance)) * (1 + 1e-12));
      CHECK(iterated.jacobians[i].norm == Approx(norm).epsilon(5e-3));
    }
  };
  check(with_weight(RnnCell<double>({.inputs = 4, .hidden = 8}, Random(6)), weight));
  check(with_weight(PreactivationRnnCell<double>({.inputs = 4, .hidden = 8}, Random(6)), weight));
}

TEST_CASE("the gradients of the loss by each state agree with central differences", "[gradient_flow]") {
  const auto inputs = normal<double>(Random(7), {5, 2, 3});
  const LstmCell<double> cell({.inputs = 3, .hidden = 4}, Random(8));
  const auto flow = gradient_flow(cell, inputs, [](auto outputs) { return sum(square(outputs)); });
  const auto& states = flow.layers.at(0).states;
  REQUIRE(states.size() == 2);
  CHECK(states[0].name == "hidden");
  CHECK(states[1].name == "cell");
  for (std::size_t variable = 0; variable < 2; ++variable)
    for (std::size_t step = 0; step < 5; ++step) {
      double sum = 0;
      for (std::size_t number = 0; number < 8; ++number) {
        const auto moved = [&](double by) { return loss_with_moved_state(cell, inputs, step, variable, number, by); };
        sum += std::pow((moved(1e-5) - moved(-1e-5)) / 2e-5, 2);
      }
      CHECK(states[variable].gradient[step] == Approx(std::sqrt(sum)).epsilon(1e-7));
    }
}

TEST_CASE("layers are looked at one by one, beside the loss and the gradient of their parameters", "[gradient_flow]") {
  Layers<GruCell<double>> layers(3, {.inputs = 2, .hidden = 4}, Random(9));
  const auto inputs = normal<double>(Random(10), {7, 2, 2});
  const auto loss = [](auto outputs) { return sum(square(outputs)); };
  const auto flow = gradient_flow(layers, inputs, loss, {.clip_norm = 1e-6});
  CHECK(flow.layers.size() == 3);
  CHECK(flow.steps == 7);
  CHECK(flow.batch == 2);
  Tape<double> tape;
  const auto expected = loss(unroll::run(layers, tape.constant(inputs)).outputs);
  CHECK(flow.loss == Approx(expected.item()).epsilon(1e-12));
  tape.backward(expected);
  double squares = 0;
  for (const auto& [name, parameter] : parameters_of<double>(layers))
    for (std::size_t i = 0; i < parameter->value().size(); ++i) squares += std::pow(tape.gradient_of(*parameter)[i], 2);
  CHECK(flow.gradient_norm == Approx(std::sqrt(squares)).epsilon(1e-12));
  CHECK(flow.clipping.fraction() == 1);
  CHECK_FALSE(layers.cells[0].weights.hidden_weight.has_gradient());
  for (const auto& layer : flow.layers) {
    CHECK_FALSE(layer.bound);
    CHECK(layer.gates.size() == 2);
  }
  CHECK(message_of<ArgumentError>([&] { gradient_flow(Layers<GruCell<double>>(), inputs, loss); })
        == "gradient_flow: the stack has no layer, expected at least 1");
  CHECK(message_of<ShapeError>([&] {
          gradient_flow(layers, Tensor<double>({0, 1, 2}), loss);
        }).find("has no step")
        != std::string::npos);
}

TEST_CASE("values and gradients that fade away are counted as denormals, where training sees zeros",
          "[gradient_flow]") {
  RnnCell<float, activation::Identity> cell({.inputs = 1, .hidden = 2}, Random(11));
  *cell.weights.hidden_weight.mutable_value() = identity<float>({2, 2}, 0.1);
  for (auto* const bias : {&cell.weights.input_bias, &cell.weights.hidden_bias}) *bias->mutable_value() = Tensor<>({2});
  *cell.weights.input_weight.mutable_value() = Tensor<>({2, 1}, 1.0f);
  Tensor<> inputs({50, 1, 1});
  inputs[0] = 1;
  const FlushDenormals as_in_training;
  const auto flow = gradient_flow(cell, inputs, sum_of_last);
  // Float's normal numbers end at 1.2e-38, its denormals at 1.4e-45: 10^-38 to 10^-45 of either kind, for 2 units.
  CHECK(flow.denormals.values == 2 * 8);
  CHECK(flow.denormals.gradients == 2 * 8);
  CHECK(flow.denormals.numbers == 100);
  CHECK(flow.denormals.fraction() == Approx(0.16));
  CHECK(kind_of(flow.layers[0], flow.steps) == FlowKind::vanishing);
  CHECK_THAT(verdict(flow), Contains("denormals: 16 values and 16 gradients"));
}

TEST_CASE("the verdict has words for every case", "[gradient_flow]") {
  const auto words = [](double gain, std::size_t steps) {
    Tensor<double> weight({3, 3});
    for (std::size_t i = 0; i < 3; ++i) weight.at({i, i}) = gain;
    const auto cell = with_weight(LinearCell({.inputs = 1, .hidden = 3}, Random(12)), weight);
    return verdict(gradient_flow(cell, normal<double>(Random(13), {steps, 1, 1}), sum_of_last, {.clip_norm = 1.0}));
  };
  CHECK_THAT(words(0.9, 60),
             Contains("layer 0: gradients vanish: they halve every 6.6 steps; 0.002 of it is left "
                      "after 59 steps. The weights alone bound it by 0.9 a step: in the long run they must vanish."));
  CHECK_THAT(words(1.1, 60), Contains("gradients explode: they double every 7.3 steps; it is 277 times as long after "
                                      "59 steps. The weights alone bound it by 1.1 a step.")
                                 && Contains("clipping: 1 of 1 gradients (100 %) are longer than 1."));
  CHECK_THAT(words(1, 60), Contains("gradients are healthy: they keep their length"));
  CHECK_THAT(words(0.99, 60), Contains("gradients are healthy: they halve every 69 steps; 55 % of it is left"));
  CHECK_THAT(words(0, 60), Contains("gradients vanish: they are gone after a step"));
  CHECK_THAT(words(8, 60), Contains("double every 0.33 steps"));
  CHECK_THAT(words(0.5, 5), Contains("halve every step; 6 % of it is left after 4 steps"));
  CHECK_THAT(words(2, 1), Contains("too short"));
  CHECK_THAT(words(std::nan(""), 5), Contains("infinite or NaN"));
  CHECK_THAT(words(1e200, 9), Contains("infinite or NaN"));
  auto lstm = LstmCell<double>({.inputs = 1, .hidden = 2, .forget_bias = 50}, Random(1));
  CHECK_THAT(verdict(gradient_flow(lstm, Tensor<double>({5, 1, 1}), sum_of_last)),
             Contains("The forget gate is saturated 100 % of the time (0 % shut, 100 % open)."));
}

TEST_CASE("gradients that are exactly gone vanish, however well they did before", "[gradient_flow]") {
  // Powers of a shift by one unit: norms of 1, 1, 0, 0, ...
  const auto shift = with_weight(LinearCell({.inputs = 1, .hidden = 3}, Random(12)),
                                 Tensor<double>({3, 3}, {0, 1, 0, 0, 0, 1, 0, 0, 0}));
  const auto inputs = normal<double>(Random(13), {60, 4, 1});
  const auto flow = gradient_flow(shift, inputs, sum_of_last);
  CHECK(*flow.layers[0].decay.gone == 3);
  CHECK(flow.layers[0].decay.per_step == 0);
  CHECK(kind_of(flow.layers[0], flow.steps) == FlowKind::vanishing);
  CHECK_THAT(verdict(flow), Contains("gradients vanish: they are gone after 3 steps; 0 of it is left after 59 steps"));

  // A relu that is shut at one step of one sequence: the other three keep theirs.
  RnnCell<double, activation::Relu> relu({.inputs = 1, .hidden = 3}, Random(14));
  *relu.weights.hidden_weight.mutable_value() = identity<double>({3, 3}, 0.98);
  *relu.weights.input_weight.mutable_value() = Tensor<double>({3, 1}, 1.0);
  for (auto* const bias : {&relu.weights.input_bias, &relu.weights.hidden_bias})
    *bias->mutable_value() = Tensor<double>({3});
  Tensor<double> positive({60, 4, 1}, 1.0);
  positive.at({30, 2, 0}) = -100;
  const auto layer = gradient_flow(relu, positive, sum_of_last).layers[0];
  CHECK(layer.decay.per_step == Approx(0.98).epsilon(1e-6));
  CHECK_FALSE(layer.decay.gone);
  CHECK(kind_of(layer, 60) == FlowKind::healthy);
  for (const auto& norm : by_distance(layer.jacobians))
    CHECK(norm.norm == Approx(std::pow(0.98, static_cast<double>(norm.distance))));

  // Shut in three of four, it is as good as gone.
  for (const std::size_t sequence : {0, 1}) positive.at({30, sequence, 0}) = -100;
  const auto shut = gradient_flow(relu, positive, sum_of_last).layers[0];
  CHECK(shut.decay.gone);
  CHECK(kind_of(shut, 60) == FlowKind::vanishing);
}

TEST_CASE("zeros that a line leads to are not the end of a gradient", "[gradient_flow]") {
  std::vector<JacobianNorm> norms;
  for (std::size_t distance = 100; distance <= 2000; distance += 100) {
    const double norm = std::pow(0.5, static_cast<double>(distance));  // below what a double holds from 1100 on
    norms.push_back({.end = 2000, .distance = distance, .norm = norm, .largest = norm});
  }
  CHECK(norms.back().norm == 0);
  CHECK(describe(fit_decay(norms)) == "halve every step");
  for (auto& found : norms) found.norm = 0;
  CHECK(describe(fit_decay(norms)) == "are gone after 100 steps");
  norms.push_back({.end = 2000, .distance = 1, .norm = 0, .largest = 0});
  CHECK(describe(fit_decay(norms)) == "are gone after a step");
  norms.push_back({.end = 2000, .distance = 2001, .norm = 1, .largest = 1});
  CHECK_FALSE(fit_decay(norms).gone);
}

TEST_CASE("a decay is fitted through the norms that have a logarithm", "[gradient_flow]") {
  std::vector<JacobianNorm> norms;
  for (std::size_t distance = 1; distance < 9; ++distance)
    norms.push_back({.end = 9, .distance = distance, .norm = 3 * std::pow(0.5, distance), .largest = 1});
  CHECK(fit_decay(norms).per_step == Approx(0.5));
  CHECK(fit_decay(norms).halving_steps() == Approx(1));
  norms.push_back({.end = 9, .distance = 9, .norm = 0, .largest = 0});
  norms.push_back({.end = 9, .distance = 10, .norm = std::numeric_limits<double>::infinity(), .largest = 0});
  CHECK(fit_decay(norms).per_step == Approx(0.5));
  CHECK(fit_decay(norms).points == 8);
  CHECK(by_distance(norms).size() == 10);
  norms.push_back({.end = 8, .distance = 1, .norm = 6, .largest = 7});
  CHECK(by_distance(norms)[0].norm == Approx(std::sqrt(1.5 * 6)));
  CHECK(by_distance(norms)[0].largest == 7);
}

TEMPLATE_TEST_CASE("modified cells and residual stacks are looked at as run runs them", "[gradient_flow]",
                   Zoneout<LstmCell<double>>, Residual<LstmCell<double>>, VariationalDropout<GruCell<double>>,
                   StateClipped<Zoneout<LayerNormalized<RnnCell<double>>>>) {
  Layers<TestType> layers(2, {.inputs = 3, .hidden = 3}, Random(1));
  layers.residual = GENERATE(false, true);
  const auto x = normal<double>(Random(2), {4, 2, 3});
  Tape<double> tape;
  const double expected = sum_of_last(unroll::run(layers, tape.constant(x)).outputs).item();
  CHECK(gradient_flow(layers, x, sum_of_last).loss == Approx(expected).epsilon(1e-12));
}
