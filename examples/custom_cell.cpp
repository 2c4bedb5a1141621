// A cell of your own: the minimal gated unit (Zhou et al. 2016, arXiv:1603.09420). It runs, stacks, saves and checks
// like the built-in ones. Here two layers of it learn to repeat a symbol that they saw ten steps ago. Expect a gradient
// check that passes, and an accuracy above 0.99 within half a minute.
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>
#include <unroll/models.hpp>
#include <unroll/ops.hpp>

#include <algorithm>
#include <cstdio>
#include <iostream>

using namespace unroll;

template <class Scalar = float>
struct MinimalGatedUnit {
  using State = HiddenState<Scalar>;
  Linear<Scalar> forget, candidate;  // [D + H] -> [H]
  std::size_t hidden_size() const { return forget.bias.value().size(); }
  State step(Variable<Scalar> x, const State& previous) const {
    const auto gate = sigmoid(forget(concat({x, previous.hidden}, -1)));
    const auto proposal = tanh(candidate(concat({x, gate * previous.hidden}, -1)));
    return {(1 - gate) * previous.hidden + gate * proposal};
  }
  static void members(auto& self, auto&& visit) { visit("forget", self.forget), visit("candidate", self.candidate); }
};

template <class Scalar>
Layers<MinimalGatedUnit<Scalar>> two_layers(std::size_t inputs, std::size_t hidden) {
  std::vector<MinimalGatedUnit<Scalar>> cells;
  for (std::uint64_t layer = 0; layer < 2; ++layer, inputs = hidden)
    cells.push_back({Linear<Scalar>({.inputs = inputs + hidden, .outputs = hidden}, Random(1).split(layer)),
                     Linear<Scalar>({.inputs = inputs + hidden, .outputs = hidden}, Random(2).split(layer))});
  return Layers<MinimalGatedUnit<Scalar>>(cells);
}

struct Repeater {
  static constexpr std::size_t symbols = 8;
  Embedding<> embedding{{.tokens = symbols, .width = 16}, Random(3)};
  Layers<MinimalGatedUnit<>> layers = two_layers<float>(16, 64);
  Linear<> output{{.inputs = 64, .outputs = symbols}, Random(4)};

  Variable<> operator()(Tape<>& tape, const Tensor<int>& tokens) const {  // [T, N] -> [T, N, V]
    return output(run(layers, embedding(tape, tokens)).outputs);
  }
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding), visit("layers", self.layers), visit("output", self.output);
  }
};

int main() {
  // Every gradient of the cell, by the tape and by central differences: two layers, four steps.
  auto checked = two_layers<double>(2, 3);
  const auto report = check_gradients(checked, [](auto& tape, const auto& layers) {
    return run(layers, tape.constant(normal<double>(Random(5), {4, 2, 2}))).outputs;
  });
  std::cout << report << '\n';

  constexpr std::size_t steps = 30, batch = 32, delay = 10;
  constexpr int nothing = -1;
  Repeater model;
  const auto parameters = parameters_of(model);
  Adam<> adam({.learning_rate = 4e-3});
  Tape tape;
  double accuracy = 0;
  for (std::uint64_t update = 1; update <= 2000; ++update) {
    Tensor<int> tokens({steps, batch}), targets({steps, batch}, nothing);
    for (std::size_t i = 0; i < tokens.size(); ++i)
      tokens[i] = static_cast<int>(Random(6).split(update).bits(i) % Repeater::symbols);
    for (std::size_t i = delay * batch; i < targets.size(); ++i) targets[i] = tokens[i - delay * batch];

    tape.clear();
    const auto logits = model(tape, tokens);
    const auto loss = cross_entropy(logits, targets, {.ignore = nothing});
    backward(loss, parameters);
    clip_gradient_norm(parameters, 1.0);
    adam.update(parameters);
    if (update % 400 != 0) continue;

    std::size_t right = 0;
    for (std::size_t i = delay * batch; i < targets.size(); ++i) {
      const float* const row = logits.value().data() + i * Repeater::symbols;
      right += std::max_element(row, row + Repeater::symbols) - row == targets[i];
    }
    accuracy = static_cast<double>(right) / static_cast<double>((steps - delay) * batch);
    std::printf("update %4d   loss %.4f   accuracy %.3f\n", static_cast<int>(update), loss.item(), accuracy);
  }
  return report.passed() && accuracy > 0.99 ? 0 : 1;
}
