#include "support/catch.hpp"
#include "support/models.hpp"
#include <unroll/models/cells/rnn_cell.hpp>
#include <unroll/models/sequences/run.hpp>

#include <cmath>

using namespace unroll;
using namespace unroll_test;

TEST_CASE("an RNN step is the textbook's, h' = φ(Wx x + Wh h + b)", "[rnn]") {
  const std::size_t inputs = 3, hidden = 5, batch = 2;
  const RnnCell<double> cell({.inputs = inputs, .hidden = hidden}, Random(1));
  const auto x = normal<double>(Random(2), {batch, inputs}), h = normal<double>(Random(3), {batch, hidden});
  Tape<double> tape;
  const auto next = cell.step(cell.project(tape.constant(x)), {tape.constant(h)});
  const auto& w = cell.weights;
  for (std::size_t n = 0; n < batch; ++n)
    for (std::size_t j = 0; j < hidden; ++j)
      CHECK(next.hidden.value().at({n, j})
            == Approx(std::tanh(row_product(w.input_weight.value(), j, x.data() + n * inputs) + w.input_bias.value()[j]
                                + row_product(w.hidden_weight.value(), j, h.data() + n * hidden)
                                + w.hidden_bias.value()[j]))
                   .epsilon(1e-13));
}

namespace {
struct HalfSquash {
  auto operator()(auto x) const { return x / (1.0 + abs(x)) * 0.5; }
};
}  // namespace

TEMPLATE_TEST_CASE("RNN with any φ: every gradient agrees with central differences", "[rnn][gradient]",
                   activation::Tanh, activation::Relu, activation::Sigmoid, activation::Softmax, activation::Identity,
                   HalfSquash) {
  const std::size_t layers = GENERATE(1u, 2u, 3u), steps = GENERATE(1u, 2u, 5u, 9u);
  const auto report =
      check_stack(Layers<RnnCell<double, TestType>>(layers, {.inputs = 3, .hidden = 4}, Random(6)), steps, 2, 3);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("φ may be a lambda", "[rnn]") {
  const RnnCell cell({.inputs = 2, .hidden = 2}, Random(1), [](auto x) { return relu(x) * 0.0f + 3; });
  Tape tape;
  const auto unrolled = unroll::run(cell, tape.zeros({4, 1, 2}));
  for (const float number : unrolled.outputs.value()) CHECK(number == 3);
}
