#include "support/messages.hpp"
#include "support/modifiers.hpp"
#include <unroll/models/cells/slstm_cell.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/reduction.hpp>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {

const std::size_t inputs = 3, hidden = 5, batch = 3;

/// h, c, n above 0 and m, as a cell that has read something has them.
std::vector<Tensor<double>> written_state(std::size_t rows, std::size_t width) {
  std::vector<Tensor<double>> state;
  for (std::uint64_t i = 0; i < 4; ++i) state.push_back(normal<double>(Random(200 + i), {rows, width}));
  for (std::size_t i = 0; i < state[2].size(); ++i) state[2][i] = 0.2 + std::abs(state[2][i]);
  return state;
}
template <class Scalar>
typename SLstmCell<Scalar>::State constants(Tape<Scalar>& tape, const std::vector<Tensor<Scalar>>& numbers) {
  return {tape.constant(numbers[0]), tape.constant(numbers[1]), tape.constant(numbers[2]), tape.constant(numbers[3])};
}

/// One unit that sees no hidden state, whose four pre-activations are the inputs.
template <class Scalar>
SLstmCell<Scalar> transparent(ForgetGate forget) {
  SLstmCell<Scalar> cell({.inputs = 4, .hidden = 1, .forget = forget}, Random(1));
  cell.weights.input_weight = Parameter<Scalar>(identity<Scalar>({4, 4}));
  cell.weights.hidden_weight = Parameter<Scalar>(Tensor<Scalar>({4, 1}));
  cell.weights.input_bias = cell.weights.hidden_bias = Parameter<Scalar>(Tensor<Scalar>({4}));
  return cell;
}

/// h of every step as a weighted mean over all steps so far, the weight of step s being that of its input gate and of
/// all forget gates since. Weights are made from their logarithms, of which the largest is subtracted.
template <class Scalar>
std::vector<double> weighted_means(const Tensor<Scalar>& x, ForgetGate forget) {
  const std::size_t steps = x.shape()[0];
  const auto at = [&](std::size_t t, std::size_t gate) { return static_cast<double>(x[t * 4 + gate]); };
  std::vector<double> outputs, logarithms;
  for (std::size_t t = 0; t < steps; ++t) {
    const double b = at(t, 1);
    const double log_forget =
        forget == ForgetGate::exponential ? b : std::min(b, 0.0) - std::log1p(std::exp(-std::abs(b)));
    for (double& logarithm : logarithms) logarithm += log_forget;
    logarithms.push_back(at(t, 0));
    const double largest = *std::max_element(logarithms.begin(), logarithms.end());
    double sum = 0, weights = 0;
    for (std::size_t s = 0; s <= t; ++s) {
      const double weight = std::exp(logarithms[s] - largest);
      sum += weight * std::tanh(at(s, 2)), weights += weight;
    }
    outputs.push_back(logistic(at(t, 3)) * sum / weights);
  }
  return outputs;
}

/// Inputs of a transparent cell whose gates are ±`far` by turns, and candidates from -1 to 1.
template <class Scalar>
Tensor<Scalar> far_gates(std::size_t steps, double far) {
  Tensor<Scalar> x = normal<Scalar>(Random(7), {steps, 1, 4});
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t gate : {0, 1})
      x[t * 4 + gate] += static_cast<Scalar>(Random(8).split(gate).bits(t) % 2 == 0 ? far : -far);
  return x;
}

}  // namespace

TEST_CASE("an sLSTM equals its equations without a stabilizer", "[slstm]") {
  const ForgetGate forget = GENERATE(ForgetGate::sigmoid, ForgetGate::exponential);
  const SLstmCell<double> cell({.inputs = inputs, .hidden = hidden, .forget = forget}, Random(1));
  const auto x = normal<double>(Random(100), {4, batch, inputs});
  const auto first = written_state(batch, hidden);
  Tape<double> tape;
  const auto [outputs, last] = run(cell, tape.constant(x), {.state = constants(tape, first)});
  const auto& w = cell.weights;
  for (std::size_t row = 0; row < batch; ++row) {
    std::vector<double> h(hidden), c(hidden), n(hidden);
    for (std::size_t j = 0; j < hidden; ++j) {
      const double scale = std::exp(first[3].at({row, j}));
      h[j] = first[0].at({row, j}), c[j] = first[1].at({row, j}) * scale, n[j] = first[2].at({row, j}) * scale;
    }
    for (std::size_t t = 0; t < 4; ++t) {
      const auto wx = affine(w.input_weight.value(), x.data() + (t * batch + row) * inputs, &w.input_bias.value());
      const auto uh = affine(w.hidden_weight.value(), h.data(), &w.hidden_bias.value());
      for (std::size_t j = 0; j < hidden; ++j) {
        const auto gate = [&](std::size_t k) { return wx[k * hidden + j] + uh[k * hidden + j]; };
        const double i = std::exp(gate(0));
        const double f = forget == ForgetGate::exponential ? std::exp(gate(1)) : logistic(gate(1));
        c[j] = f * c[j] + i * std::tanh(gate(2));
        n[j] = f * n[j] + i;
        h[j] = logistic(gate(3)) * c[j] / n[j];
        CHECK(outputs.value().at({t, row, j}) == Approx(h[j]).epsilon(1e-12));
      }
    }
    for (std::size_t j = 0; j < hidden; ++j) {
      const double scale = std::exp(last.stabilizer.value().at({row, j}));
      CHECK(last.cell.value().at({row, j}) * scale == Approx(c[j]).epsilon(1e-12));
      CHECK(last.normalizer.value().at({row, j}) * scale == Approx(n[j]).epsilon(1e-12));
    }
  }
}

TEST_CASE("two steps of an sLSTM by hand", "[slstm]") {
  const double half = std::atanh(0.5), three = std::log(3.0);
  const auto fading = transparent<double>(ForgetGate::sigmoid), growing = transparent<double>(ForgetGate::exponential);
  Tape<double> tape;
  // i = 1, g = 1/2, o = 1/2; then f = 1/2, i = 3, g = 0, o = 3/4: c = 1/2 · 1/2, n = 1/2 + 3.
  const auto x = tape.constant(Tensor<double>({2, 1, 4}, {0, 5, half, 0, three, 0, 0, three}));
  const auto [outputs, last] = run(fading, x);
  CHECK(outputs.value()[0] == Approx(0.25).epsilon(1e-14));
  CHECK(outputs.value()[1] == Approx(0.75 * 0.25 / 3.5).epsilon(1e-14));
  CHECK(last.stabilizer.value()[0] == Approx(three));
  CHECK(last.normalizer.value()[0] == Approx(3.5 / 3).epsilon(1e-14));
  // With f = exp(0) = 1 instead: c = 1/2, n = 1 + 3.
  CHECK(run(growing, x).outputs.value()[1] == Approx(0.75 * 0.5 / 4).epsilon(1e-14));
}

TEMPLATE_TEST_CASE("an sLSTM with gates of ±100 is a weighted mean over 1000 steps, and its gradients are finite",
                   "[slstm]", float, double) {
  const ForgetGate forget = GENERATE(ForgetGate::sigmoid, ForgetGate::exponential);
  const double far = GENERATE(0.0, 100.0);
  const auto numbers = far_gates<TestType>(1000, far);
  const auto cell = transparent<TestType>(forget);
  Tape<TestType> tape;
  const auto x = tape.input(numbers);
  const auto [outputs, last] = run(cell, x);
  const auto expected = weighted_means(numbers, forget);
  // In float, m of exponential gates that have walked to some hundreds has digits of 1e-5 alone.
  const double tolerance = std::is_same_v<TestType, float> ? 2e-3 : 1e-10;
  double apart = 0, least = 1;
  for (std::size_t t = 0; t < expected.size(); ++t)
    apart = std::max(apart, std::abs(static_cast<double>(outputs.value()[t]) - expected[t]));
  for (const auto number : last.normalizer.value()) least = std::min<double>(least, number);
  CHECK(apart < tolerance);
  CHECK(least >= 1);
  tape.backward(sum(outputs));
  bool finite = true, moves = false;
  for (const auto number : x.gradient()) finite = finite && std::isfinite(number), moves = moves || number != 0;
  CHECK(finite);
  CHECK(moves);
}

TEST_CASE("an sLSTM's first step counts alone, however small its input gate and wide its forget gate", "[slstm]") {
  const auto cell = transparent<float>(ForgetGate::exponential);
  for (const float a : {-200.0f, 0.0f, 200.0f}) {
    Tape<float> tape;
    const auto x = tape.input(Tensor<float>({1, 1, 4}, {a, 100, 0.5f, 0}));
    const auto outputs = run(cell, x).outputs;
    CHECK(outputs.value()[0] == Approx(0.5f * std::tanh(0.5f)));
    tape.backward(sum(outputs));
    for (const float number : x.gradient()) CHECK(std::isfinite(number));
    CHECK(x.gradient()[2] > 0.3f);
    CHECK(x.gradient()[0] == 0);
  }
}

TEST_CASE("no output of an sLSTM depends on how the stabilizer is chosen, nor does any gradient", "[slstm]") {
  const ForgetGate forget = GENERATE(ForgetGate::sigmoid, ForgetGate::exponential);
  const SLstmCell<double> cell({.inputs = inputs, .hidden = hidden, .forget = forget}, Random(1));
  const auto x = normal<double>(Random(100), {4, batch, inputs});
  const auto first = written_state(batch, hidden);
  auto moved = first;  // m by 3, and c and n by e^-3
  for (std::size_t i = 0; i < first[3].size(); ++i) {
    moved[1][i] *= std::exp(-3), moved[2][i] *= std::exp(-3);
    moved[3][i] += 3;
  }
  const auto run_from = [&](Tape<double>& tape, const auto& numbers, std::vector<Variable<double>>& leaves) {
    leaves = {tape.input(x)};
    for (const auto& tensor : numbers) leaves.push_back(tape.input(tensor));
    const auto outputs = run(cell, leaves[0], {.state = state_with(cell, tape, batch, leaves, 1)}).outputs;
    tape.backward(sum(outputs * normal<double>(Random(80), outputs.shape())));
    return outputs;
  };
  Tape<double> tape, other;
  std::vector<Variable<double>> leaves, other_leaves;
  const auto outputs = run_from(tape, first, leaves), same = run_from(other, moved, other_leaves);
  for (std::size_t i = 0; i < outputs.shape().size(); ++i)
    CHECK(same.value()[i] == Approx(outputs.value()[i]).epsilon(1e-12));
  for (std::size_t i = 0; i < x.size(); ++i)
    CHECK(other_leaves[0].gradient()[i] == Approx(leaves[0].gradient()[i]).epsilon(1e-10).margin(1e-14));
  // d/ds of the outputs at c e^-s, n e^-s, m + s is 0.
  for (std::size_t i = 0; i < first[3].size(); ++i)
    CHECK(leaves[4].gradient()[i]
          == Approx(first[1][i] * leaves[2].gradient()[i] + first[2][i] * leaves[3].gradient()[i])
                 .epsilon(1e-10)
                 .margin(1e-14));
}

TEST_CASE("SLstmCell: every gradient agrees with central differences, of a state that was written and of any",
          "[slstm][gradient]") {
  const ForgetGate forget = GENERATE(ForgetGate::sigmoid, ForgetGate::exponential);
  const SLstmOptions options{.inputs = 3, .hidden = 4, .forget = forget};
  const std::size_t layers = GENERATE(1u, 2u);
  const auto any = check_stack(Layers<SLstmCell<double>>(layers, options, Random(5)), 4, 2, 3);
  INFO(any);
  CHECK(any.passed());
  const SLstmCell<double> cell(options, Random(layers));
  std::vector<Tensor<double>> numbers = written_state(2, 4);
  numbers.insert(numbers.begin(), normal<double>(Random(100), {3, 2, 3}));
  auto changed = cell;
  const auto report = check_gradients(
      [&](Tape<double>& tape, std::span<const Variable<double>> in) {
        return all_of<SLstmCell<double>>(unroll::run(changed, in[0], {.state = state_with(changed, tape, 2, in, 1)}));
      },
      numbers, parameters_of<double>(changed));
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("SLstmCell: the forget bias is added to the forget gate alone", "[slstm]") {
  const SLstmCell<> plain({.inputs = inputs, .hidden = hidden}, Random(1)),
      biased({.inputs = inputs, .hidden = hidden, .forget_bias = 1}, Random(1));
  const auto &before = plain.weights.input_bias.value(), &after = biased.weights.input_bias.value();
  for (std::size_t i = 0; i < after.size(); ++i) CHECK(after[i] == before[i] + (i >= 5 && i < 10 ? 1.0f : 0.0f));
}

TEST_CASE("SLstmCell: sizes of 0 are refused by name", "[slstm]") {
  CHECK_THAT(message_of<ArgumentError>([] { SLstmCell<>({.inputs = 3, .hidden = 0}, Random(1)); }),
             Contains("SLstmCell: hidden = 0 given"));
}
