#pragma once

#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/layers/dropout.hpp>
#include <unroll/models/layers/embedding.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/records/records.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/trainer/carried_loss.hpp>
#include <unroll/models/trainer/shuffled_examples.hpp>
#include <unroll/models/trainer/stream_windows.hpp>
#include <unroll/ops/cross_entropy.hpp>
#include <unroll/ops/losses.hpp>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Two models that learn in no time, with data and losses, for tests of the trainer.
namespace unroll::testing {

/// y = 2 a - 3 b + 1 to learn from 40 examples.
struct Line {
  Linear<> layer;
  Line() : layer({.inputs = 2, .outputs = 1}, Random(1)) {}
  Variable<> operator()(Variable<> x) const { return layer(x); }
  static void members(auto& self, auto&& visit) { visit("layer", self.layer); }
};
struct Points {
  Tensor<> inputs, targets;
  std::size_t count;
};
inline void gather(std::span<const std::size_t> indices, Points& to) {
  to.count = indices.size();
  to.inputs = Tensor<>({to.count, 2}), to.targets = Tensor<>({to.count, 1});
  for (std::size_t n = 0; n < to.count; ++n) {
    const Random random = Random(7).split(indices[n]);
    const double a = random.normal(0), b = random.normal(1);
    to.inputs[2 * n] = static_cast<float>(a), to.inputs[2 * n + 1] = static_cast<float>(b);
    to.targets[n] = static_cast<float>(2 * a - 3 * b + 1);
  }
}
inline auto points(std::size_t batch = 8) {
  return shuffled_examples<Points>({.examples = 40, .batch = batch}, gather);
}
inline auto loss_of(const Line& model) {
  return [&model](Tape<>& tape, const Points& batch) {
    return mean_squared_error(model(tape.constant(batch.inputs)), batch.targets);
  };
}

/// Predicts the next of four tokens.
struct Speller {
  Embedding<> embedding;
  LstmCell<> cell;
  Linear<> output;
  explicit Speller(std::size_t hidden = 8)
      : embedding({.tokens = 4, .width = 6}, Random(1)),
        cell({.inputs = 6, .hidden = hidden}, Random(2)),
        output({.inputs = hidden, .outputs = 4}, Random(3)) {}
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding), visit("cell", self.cell), visit("output", self.output);
  }
};
inline std::vector<int> text(std::size_t size) {
  std::vector<int> tokens(size);
  for (std::size_t i = 0; i < size; ++i) tokens[i] = static_cast<int>((i * i / 3) % 4);
  return tokens;
}
inline auto spelling_loss(const Speller& model, const Truncation& truncation) {
  return carried(model.cell, truncation,
                 [&model](Tape<>& tape, const StreamWindow& window, const auto& state, const StepContext&) {
                   const auto [outputs, next] = run(model.cell, model.embedding(tape, window.tokens), {.state = state});
                   return std::pair{cross_entropy(model.output(outputs), window.targets), next};
                 });
}

/// With dropout that depends on the noise of each step.
inline auto noisy_spelling_loss(const Speller& model, const Truncation& truncation) {
  return carried(model.cell, truncation,
                 [&model](Tape<>& tape, const StreamWindow& window, const auto& state, const StepContext& begin) {
                   const Dropout dropout{.rate = 0.2};
                   const auto inputs = dropout(model.embedding(tape, window.tokens), split(begin.noise, begin.step));
                   const auto [outputs, next] = run(model.cell, inputs, {.state = state});
                   return std::pair{cross_entropy(model.output(outputs), window.targets), next};
                 });
}

template <class Model>
std::vector<float> weights(const Model& model) {
  std::vector<float> numbers;
  for_each_parameter(model, [&](const std::string&, const auto& parameter) {
    numbers.insert(numbers.end(), parameter.value().begin(), parameter.value().end());
  });
  return numbers;
}

/// An observer that ends the training after so many updates as a signal does.
inline TrainingObserver stop_after(std::uint64_t updates) {
  return {.on_update = [updates](const UpdateRecord& record) {
    if (record.update == updates) std::raise(SIGTERM);
  }};
}

}  // namespace unroll::testing
