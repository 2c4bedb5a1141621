#include "support/messages.hpp"
#include "support/modifiers.hpp"
#include <unroll/models/cells/mlstm_cell.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/reduction.hpp>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {

const std::size_t inputs = 3, hidden = 6, batch = 3;

double log_forget_of(double b, ForgetGate forget) {
  return forget == ForgetGate::exponential ? b : std::min(b, 0.0) - std::log1p(std::exp(-std::abs(b)));
}

/// A head by the equations, without a stabilizer.
struct NaiveHead {
  std::size_t P;
  std::vector<double> C, n;
  double weight = 0;  // nᵀ q of the last step

  NaiveHead(const double* memory, const double* normalizer, double scale, std::size_t width)
      : P(width), C(memory, memory + width * width), n(normalizer, normalizer + width) {
    for (double& number : C) number *= scale;
    for (double& number : n) number *= scale;
  }
  /// Of the products for query, key, value and output gate, and the open gates.
  std::vector<double> step(const double* q, const double* k, const double* v, const double* o, double i, double f) {
    std::vector<double> h(P);
    weight = 0;
    for (std::size_t key = 0; key < P; ++key) {
      const double scaled = k[key] / std::sqrt(static_cast<double>(P));
      n[key] = f * n[key] + i * scaled;
      weight += n[key] * q[key];
      for (std::size_t j = 0; j < P; ++j) {
        C[j * P + key] = f * C[j * P + key] + i * v[j] * scaled;
        h[j] += C[j * P + key] * q[key];
      }
    }
    for (std::size_t j = 0; j < P; ++j) h[j] *= logistic(o[j]) / std::max(std::abs(weight), 1.0);
    return h;
  }
};

/// One head whose pre-activations are the inputs: 2 each of query, key, value and output gate, input gate, forget gate.
template <class Scalar>
MLstmCell<Scalar> transparent(ForgetGate forget) {
  MLstmCell<Scalar> cell({.inputs = 10, .hidden = 2, .forget = forget}, Random(1));
  const auto ones = identity<Scalar>({10, 10});
  const auto rows = [&](std::size_t first, std::size_t count) {
    Tensor<Scalar> part({count, 10});
    std::copy_n(ones.data() + first * 10, count * 10, part.data());
    return Parameter<Scalar>(part);
  };
  cell.weights.input_weight = rows(0, 8), cell.gate_weight = rows(8, 2);
  cell.weights.input_bias = Parameter<Scalar>(Tensor<Scalar>({8}));
  cell.gate_bias = Parameter<Scalar>(Tensor<Scalar>({2}));
  return cell;
}

/// The outputs of a transparent cell without a recurrence, as attention: step s counts by its key's product with the
/// query, and by its input gate and all forget gates since.
template <class Scalar>
std::vector<double> attention(const Tensor<Scalar>& x, ForgetGate forget) {
  const auto at = [&](std::size_t t, std::size_t i) { return static_cast<double>(x[t * 10 + i]); };
  std::vector<double> outputs, logarithms;
  for (std::size_t t = 0; t < x.shape()[0]; ++t) {
    for (double& logarithm : logarithms) logarithm += log_forget_of(at(t, 9), forget);
    logarithms.push_back(at(t, 8));
    const double largest = *std::max_element(logarithms.begin(), logarithms.end());
    double sum[2] = {0, 0}, total = 0;
    for (std::size_t s = 0; s <= t; ++s) {
      const double product = (at(s, 2) * at(t, 0) + at(s, 3) * at(t, 1)) / std::sqrt(2);
      const double weight = std::exp(logarithms[s] - largest) * product;
      sum[0] += weight * at(s, 4), sum[1] += weight * at(s, 5), total += weight;
    }
    for (std::size_t j : {0, 1})
      outputs.push_back(logistic(at(t, 6 + j)) * sum[j] / std::max(std::abs(total), std::exp(-largest)));
  }
  return outputs;
}

/// Inputs of a transparent cell whose two gates are about ±`far` by turns. Keys and queries are above 0, so that their
/// products do not cancel and digits stay.
template <class Scalar>
Tensor<Scalar> far_gates(std::size_t steps, double far) {
  Tensor<Scalar> x = normal<Scalar>(Random(7), {steps, 1, 10});
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t i = 0; i < 4; ++i) x[t * 10 + i] = std::abs(x[t * 10 + i]) + static_cast<Scalar>(0.1);
    for (std::size_t i : {8, 9}) x[t * 10 + i] += static_cast<Scalar>(Random(8).split(i).bits(t) % 2 == 0 ? far : -far);
  }
  return x;
}

}  // namespace

TEST_CASE("an mLSTM equals its equations without a stabilizer, head by head", "[mlstm]") {
  const ForgetGate forget = GENERATE(ForgetGate::sigmoid, ForgetGate::exponential);
  const auto x = normal<double>(Random(100), {4, batch, inputs}, 0, 3);
  bool weighed = false, held = false;  // the sides of the maximum
  for (const std::size_t K : {1, 2, 3, 6}) {
    const std::size_t P = hidden / K;
    const MLstmCell<double> cell({.inputs = inputs, .hidden = hidden, .heads = K, .forget = forget}, Random(1));
    const auto first = random_state(cell, batch);
    Tape<double> tape;
    std::vector<Variable<double>> leaves;
    for (const auto& numbers : first) leaves.push_back(tape.constant(numbers));
    const auto [outputs, last] = run(cell, tape.constant(x), {.state = state_with(cell, tape, batch, leaves)});
    for (std::size_t row = 0; row < batch; ++row)
      for (std::size_t head = 0; head < K; ++head) {
        const std::size_t at = row * K + head;
        NaiveHead naive(first[1].data() + at * P * P, first[2].data() + at * P, std::exp(first[3][at]), P);
        for (std::size_t t = 0; t < 4; ++t) {
          const double* const in = x.data() + (t * batch + row) * inputs;
          const auto wx = affine(cell.weights.input_weight.value(), in, &cell.weights.input_bias.value());
          const auto gates = affine(cell.gate_weight.value(), in, &cell.gate_bias.value());
          const double i = std::exp(gates[head]), f = std::exp(log_forget_of(gates[K + head], forget));
          const double* const of_head = wx.data() + head * P;
          const auto h = naive.step(of_head, of_head + hidden, of_head + 2 * hidden, of_head + 3 * hidden, i, f);
          for (std::size_t j = 0; j < P; ++j)
            CHECK(outputs.value().at({t, row, head * P + j}) == Approx(h[j]).epsilon(1e-11).margin(1e-13));
          (std::abs(naive.weight) > 1 ? weighed : held) = true;
        }
        const double scale = std::exp(last.stabilizer.value()[at]);
        for (std::size_t j = 0; j < P; ++j)
          CHECK(last.normalizer.value()[at * P + j] * scale == Approx(naive.n[j]).epsilon(1e-12).margin(1e-13));
        for (std::size_t j = 0; j < P * P; ++j)
          CHECK(last.memory.value()[at * P * P + j] * scale == Approx(naive.C[j]).epsilon(1e-12).margin(1e-13));
      }
  }
  CHECK(weighed);
  CHECK(held);
}

TEST_CASE("steps of an mLSTM by hand: what was stored under a key is read with it", "[mlstm]") {
  const auto cell = transparent<double>(ForgetGate::exponential);
  const double root = std::sqrt(2.0), open = std::log(3.0);  // σ(open) = 3/4
  Tape<double> tape;
  // Stores (5, 7) under (√2, 0), then (2, 4) under (0, √2), and reads the first, the second, and half of each.
  const auto x = tape.constant(Tensor<double>({5, 1, 10}, {1,   0,   root, 0,    5, 7, open, open, 0, 0,  //
                                                           0,   1,   0,    root, 2, 4, open, open, 0, 0,  //
                                                           1,   0,   0,    0,    9, 9, open, open, 0, 0,  //
                                                           0.5, 0.5, 0,    0,    9, 9, open, open, 0, 0,  //
                                                           0.5, 0,   0,    0,    9, 9, open, open, 0, 0}));
  const auto [outputs, last] = run(cell, x);
  const double expected[] = {3.75, 5.25, 1.5, 3, 3.75, 5.25, 2.625, 4.125, 1.875, 2.625};
  for (std::size_t i = 0; i < 10; ++i) CHECK(outputs.value()[i] == Approx(expected[i]).epsilon(1e-14));
  CHECK(last.stabilizer.value()[0] == 0);
}

TEMPLATE_TEST_CASE("an mLSTM with gates of ±100 is an attention over 1000 steps, and its gradients are finite",
                   "[mlstm]", float, double) {
  const ForgetGate forget = GENERATE(ForgetGate::sigmoid, ForgetGate::exponential);
  const double far = GENERATE(0.0, 100.0);
  const auto numbers = far_gates<TestType>(1000, far);
  const auto cell = transparent<TestType>(forget);
  Tape<TestType> tape;
  const auto x = tape.input(numbers);
  const auto [outputs, last] = run(cell, x);
  const auto expected = attention(numbers, forget);
  // In float, m of exponential gates that have walked to some thousands has digits of 1e-4 alone.
  const double tolerance = std::is_same_v<TestType, float> ? 5e-3 : 1e-9;
  double apart = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    apart = std::max(apart, std::abs(static_cast<double>(outputs.value()[i]) - expected[i]));
  CHECK(apart < tolerance);
  CHECK(std::isfinite(last.stabilizer.value()[0]));
  tape.backward(sum(outputs));
  bool finite = true, moves = false;
  for (const auto number : x.gradient()) finite = finite && std::isfinite(number), moves = moves || number != 0;
  CHECK(finite);
  CHECK(moves);
}

TEST_CASE("a query of an mLSTM that reads nothing gives 0 and finite gradients, however large the gates", "[mlstm]") {
  const auto cell = transparent<float>(ForgetGate::exponential);
  for (const float a : {-1000.0f, -100.0f, 0.0f, 100.0f, 1000.0f}) {
    Tape<float> tape;
    const auto x = tape.input(Tensor<float>({2, 1, 10}, {0, 0,  1, 2, 3, 4, 0, 0, a, 0,  //
                                                         2, -1, 1, 2, 3, 4, 0, 0, a, a}));
    const auto outputs = run(cell, x).outputs;
    for (const float number : outputs.value()) CHECK(number == 0);
    tape.backward(sum(outputs));
    for (const float number : x.gradient()) CHECK(std::isfinite(number));
  }
}

TEST_CASE("no output of an mLSTM depends on how the stabilizer is chosen, nor does any gradient", "[mlstm]") {
  const MLstmCell<double> cell({.inputs = inputs, .hidden = hidden, .heads = 2}, Random(1));
  const auto x = normal<double>(Random(100), {4, batch, inputs});
  const auto first = random_state(cell, batch);
  auto moved = first;  // m by 3, and C and n by e^-3
  for (double& number : moved[3]) number += 3;
  for (std::size_t i : {1, 2})
    for (double& number : moved[i]) number *= std::exp(-3);
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
    CHECK(other_leaves[0].gradient()[i] == Approx(leaves[0].gradient()[i]).epsilon(1e-10).margin(1e-13));
  // d/ds of the outputs at C e^-s, n e^-s, m + s is 0, for each row and head.
  for (std::size_t head = 0; head < batch * 2; ++head) {
    double sum = 0;
    for (std::size_t i : {1, 2}) {
      const std::size_t size = first[i].size() / (batch * 2);
      for (std::size_t j = head * size; j < (head + 1) * size; ++j) sum += first[i][j] * leaves[i + 1].gradient()[j];
    }
    CHECK(leaves[4].gradient()[head] == Approx(sum).epsilon(1e-10).margin(1e-13));
  }
}

TEST_CASE("MLstmCell: every gradient agrees with central differences", "[mlstm][gradient]") {
  const ForgetGate forget = GENERATE(ForgetGate::sigmoid, ForgetGate::exponential);
  const std::size_t layers = GENERATE(1u, 2u), heads = GENERATE(1u, 2u);
  const MLstmOptions options{.inputs = 3, .hidden = 4, .heads = heads, .forget = forget};
  const auto report = check_stack(Layers<MLstmCell<double>>(layers, options, Random(5)), 4, 2, 3);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("MLstmCell: the forget bias is added to the forget gates alone", "[mlstm]") {
  const MLstmCell<> plain({.inputs = inputs, .hidden = hidden, .heads = 3}, Random(1)),
      biased({.inputs = inputs, .hidden = hidden, .heads = 3, .forget_bias = 1}, Random(1));
  CHECK(plain.weights.input_bias.value() == biased.weights.input_bias.value());
  const auto &before = plain.gate_bias.value(), &after = biased.gate_bias.value();
  for (std::size_t i = 0; i < 6; ++i) CHECK(after[i] == before[i] + (i >= 3 ? 1.0f : 0.0f));
}

TEST_CASE("MLstmCell: sizes that do not fit are refused by name", "[mlstm][error]") {
  const auto refusal = [](const MLstmOptions& options) {
    return message_of<ArgumentError>([&] { MLstmCell<>(options, Random(1)); });
  };
  CHECK_THAT(refusal({.inputs = 3, .hidden = 0}), Contains("MLstmCell: hidden = 0 given"));
  CHECK_THAT(refusal({.inputs = 3, .hidden = 4, .heads = 0}), Contains("MLstmCell: heads = 0 given"));
  CHECK(refusal({.inputs = 3, .hidden = 4, .heads = 3})
        == "MLstmCell: heads = 3 given, expected a number that divides hidden = 4");
}
