#include "reber/trial.hpp"

#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>
#include <unroll/framework/optimizers/schedule.hpp>
#include <unroll/models/layers/embedding.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <chrono>
#include <utility>

namespace reber {

namespace {

using unroll::Random;
using unroll::Tape;

/// Predicts after each symbol how likely each symbol comes next.
template <class Cell>
struct Predictor {
  unroll::Embedding<float> embedding;
  Cell cell;
  unroll::Linear<float> output;

  unroll::Variable<float> operator()(Tape<float>& tape,
                                     const unroll::Tensor<int>& tokens) const {  // [T, N] -> [T, N, V]
    return output(run(cell, embedding(tape, tokens)).outputs);
  }
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding), visit("cell", self.cell), visit("output", self.output);
  }
};

std::vector<const String*> addresses(const std::vector<String>& strings) {
  std::vector<const String*> result;
  for (const String& string : strings) result.push_back(&string);
  return result;
}

std::vector<const String*> draw(const std::vector<String>& strings, std::size_t count, const Random& random) {
  std::vector<const String*> drawn;
  for (std::size_t i = 0; i < count; ++i) drawn.push_back(&strings[random.bits(i) % strings.size()]);
  return drawn;
}

/// One network while it learns.
template <class Model>
class Pupil {
 public:
  Pupil(Model& model, const Settings& settings) : model_(model), parameters_(model), settings_(settings) {}

  /// One update from strings of any lengths: the mean over all their symbols.
  void learn(std::span<const String* const> strings, double learning_rate) {
    const std::vector<Batch> batches = batches_by_length(strings);
    std::size_t targets = 0;
    for (const Batch& batch : batches) targets += batch.targets.size();
    for (const Batch& batch : batches) {  // backward adds up their gradients
      tape_.clear();
      const auto loss =
          cross_entropy(model_(tape_, batch.symbols), batch.targets, {.reduction = unroll::Reduction::sum});
      tape_.backward(loss * (1 / static_cast<float>(targets)), parameters_);
    }
    clip_gradient_norm(parameters_, settings_.clip);
    adam_.set_learning_rate(learning_rate);
    adam_.update(parameters_);
  }

  Score examine(const std::vector<Batch>& batches) {
    Score sum;
    for (const Batch& batch : batches) {
      values_.clear();
      sum += score(batch, model_(values_, batch.symbols).value());
    }
    return sum;
  }

 private:
  Model& model_;
  unroll::Parameters<float> parameters_;
  const Settings& settings_;
  unroll::Adam<float> adam_{{}};
  Tape<float> tape_, values_{unroll::Recording::values};
};

template <class Model>
Outcome train(Model model, const Settings& settings, const Random& random,
              const std::function<void(const Outcome&)>& progress) {
  constexpr std::uint64_t interval = 32;  // updates between two evaluations
  const auto begin = std::chrono::steady_clock::now();
  const Strings strings = draw_strings(settings.training, settings.held_out, random.split(0));
  const std::vector<Batch> held_out = batches_by_length(addresses(strings.held_out));
  const unroll::CosineSchedule schedule({.learning_rate = settings.learning_rate});
  Pupil<Model> pupil(model, settings);
  Outcome outcome;
  for (std::uint64_t update = 1; !outcome.learned() && outcome.presented < settings.presented; ++update) {
    const double fraction = static_cast<double>(outcome.presented) / static_cast<double>(settings.presented);
    pupil.learn(draw(strings.training, settings.batch, random.split(1).split(update)), schedule.rate(fraction));
    outcome.presented += settings.batch;
    if (update % interval != 0 && outcome.presented < settings.presented) continue;
    outcome.score = pupil.examine(held_out);
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    progress(outcome);
  }
  return outcome;
}

}  // namespace

Outcome run_trial(experiment::CellKind cell, const Settings& settings, std::uint64_t seed,
                  const std::function<void(const Outcome&)>& progress) {
  const Random random(seed);
  const std::size_t width = symbols.size();
  return experiment::with_cell(cell, width, settings.hidden, random.split(0), [&](auto made) {
    Predictor<decltype(made)> model{{{.tokens = width, .width = width}, random.split(1)},
                                    std::move(made),
                                    {{.inputs = settings.hidden, .outputs = width}, random.split(2)}};
    return train(std::move(model), settings, random.split(3), progress);
  });
}

}  // namespace reber
