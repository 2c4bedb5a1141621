#pragma once

#include <unroll/models.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <utility>
#include <vector>

/// Helpers for the tests of truncated backpropagation through time: a model over tokens, and a sequence for it.
namespace unroll_test {

using namespace unroll;

template <class Cell>
struct Tagger {
  Embedding<double> embedding;
  Layers<Cell> layers;
  Linear<double> output;

  explicit Tagger(std::size_t depth)
      : embedding({.tokens = 5, .width = 3}, Random(1)),
        layers(depth, {.inputs = 3, .hidden = 4}, Random(2)),
        output({.inputs = 4, .outputs = 5}, Random(3)) {}
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding), visit("layers", self.layers), visit("output", self.output);
  }

  /// The sum of the losses of all steps of a piece, and the state after them.
  auto operator()(Tape<double>& tape, const Tensor<int>& tokens, const Tensor<int>& targets,
                  const typename Layers<Cell>::State& state) const {
    const auto [outputs, next] = unroll::run(layers, embedding(tape, tokens), {.state = state});
    return std::pair{cross_entropy(output(outputs), targets) * static_cast<double>(targets.size()), next};
  }
};

constexpr std::size_t streams = 2;

/// Steps [first, first + count) of an endless sequence of tokens, [count, streams]; `shift` 1 gives their targets.
inline Tensor<int> tokens_at(std::size_t first, std::size_t count, std::size_t shift = 0) {
  Tensor<int> tokens({count, streams});
  for (std::size_t i = 0; i < tokens.size(); ++i)
    tokens[i] = static_cast<int>(Random(9).bits(first * streams + i + shift * streams) % 5);
  return tokens;
}

using Gradients = std::vector<std::vector<double>>;  // by parameter

inline Gradients gradients_of(const Parameters<double>& parameters) {
  Gradients gradients;
  for (const auto& [name, parameter] : parameters)
    gradients.emplace_back(parameter->has_gradient()
                               ? std::vector<double>(parameter->gradient().begin(), parameter->gradient().end())
                               : std::vector<double>(parameter->value().size()));
  return gradients;
}

/// Runs `steps` steps as a user does. After each backward it calls `at_window`, which may update, and clears gradients.
template <class Cell>
void run_truncated(TruncatedBackpropagation<double>& truncated, Tagger<Cell>& model, std::size_t steps,
                   const auto& at_window) {
  const Parameters<double> parameters(model);
  for (std::size_t first = 0; first < steps; first += truncated.chunk()) {
    const std::size_t count = std::min(truncated.chunk(), steps - first);
    truncated.record(model.layers, streams, count, [&](Tape<double>& tape, const auto& state) {
      return model(tape, tokens_at(first, count), tokens_at(first, count, 1), state);
    });
    if (first + count == steps) truncated.end_sequence();
    if (!truncated.due()) continue;
    truncated.backward(parameters);
    at_window(parameters, first + count);
    parameters.zero_gradients();
  }
}

}  // namespace unroll_test
