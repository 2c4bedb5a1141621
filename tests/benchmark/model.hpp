#pragma once

#include "benchmark/options.hpp"
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/threads/gradient_sum.hpp>
#include <unroll/framework/threads/team.hpp>
#include <unroll/models.hpp>
#include <unroll/ops.hpp>

#include <deque>
#include <functional>
#include <optional>
#include <ranges>
#include <vector>

namespace benchmark {

using namespace unroll;

/// The model of all peers: tokens -> rows of a table -> recurrent layers -> a logit for each token.
template <class Layer>
struct LanguageModel {
  Embedding<> embedding;
  Layers<Layer> layers;
  Linear<> output;

  LanguageModel(const Options& options, const Random& random)
      : embedding({.tokens = options.vocabulary, .width = options.hidden}, random.split(0)),
        layers(options.layers, sizes(options), random.split(1)),
        output({.inputs = layers.hidden_size(), .outputs = options.vocabulary}, random.split(2)) {}

  /// A projected cell carries half of its units on.
  static auto sizes(const Options& options) {
    typename Layer::Options sizes{.inputs = options.hidden, .hidden = options.hidden};
    if constexpr (requires(Layer layer) { layer.projection_weight; }) sizes.recurrent = options.hidden / 2;
    return sizes;
  }

  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding);
    visit("layers", self.layers);
    visit("output", self.output);
  }
};

/// `steps` rows of random tokens for a batch, from row `first` on; the same numbers in every run.
inline Tensor<int> random_tokens(const Options& options, std::size_t first, std::size_t steps, std::size_t stream,
                                 std::size_t streams) {
  Tensor<int> tokens({steps, streams});
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t n = 0; n < streams; ++n)
      tokens[t * streams + n] =
          static_cast<int>(Random(7).bits((first + t) * options.batch + stream + n) % options.vocabulary);
  return tokens;
}

/// Targets to be aligned, [S, N]: no blanks, which are token 0.
inline Tensor<int> random_symbols(const Options& options, std::size_t stream, std::size_t streams) {
  Tensor<int> symbols = random_tokens(options, 0, options.targets, stream, streams);
  for (int& symbol : symbols) symbol = 1 + symbol % static_cast<int>(options.vocabulary - 1);
  return symbols;
}

/// The lengths of the sequences of a part of the batch.
inline std::vector<std::size_t> lengths_of(const Options& options, std::size_t first, std::size_t count) {
  std::vector<std::size_t> lengths(count);
  for (std::size_t n = 0; n < count; ++n) lengths[n] = length_of(options, first + n);
  return lengths;
}

/// A training step: forward from a state of zeros, the mean loss over all tokens, backward, Adam. Threads share the
/// batch, a tape each.
template <class Layer>
class Trainer {
 public:
  explicit Trainer(const Options& options)
      : model_(options, Random(1)),
        parameters_(model_),
        team_(options.threads),
        batch_(options.batch),
        aligns_(options.loss == "ctc") {
    if (options.checkpoints != "none")
      checkpoints_ =
          Checkpoints{.schedule = options.checkpoints == "sqrt" ? Checkpoints::square_root : Checkpoints::binomial,
                      .states = options.kept};
    for (std::size_t shard = 0; shard < team_.size(); ++shard) {
      const std::size_t first = shard * batch_ / team_.size(), end = (shard + 1) * batch_ / team_.size();
      if (first == end) continue;
      auto& added = shards_.emplace_back();
      added.stream = shard;
      added.inputs = random_tokens(options, 0, options.steps, first, end - first);
      added.targets = options.loss == "ctc" ? random_symbols(options, first, end - first)
                                            : random_tokens(options, 1, options.steps, first, end - first);
      added.lengths = lengths_of(options, first, end - first);
      for (const std::size_t length : added.lengths) added.tokens += static_cast<float>(length);
      tokens_ += added.tokens;
    }
  }

  double step() {
    ++steps_;
    if (shards_.size() == 1) {
      const auto loss = forward(shards_[0]);
      backward(loss, parameters_);
      adam_.update(parameters_);
      return loss.item();
    }
    team_.run([&](std::size_t member) {
      if (member >= shards_.size()) return;
      Shard& shard = shards_[member];
      const auto loss = forward(shard) * (shard.tokens / tokens_);
      shard.tape.backward(loss);
      shard.loss = loss.item();
    });
    add_gradients(shards_ | std::views::transform(&Shard::tape), parameters_, team_);
    adam_.update(parameters_, team_);
    double loss = 0;
    for (const Shard& shard : shards_) loss += shard.loss;
    return loss;
  }

 private:
  struct Shard {
    Tape<> tape;
    Tensor<int> inputs, targets;
    std::uint64_t stream = 0;  // of random numbers
    std::vector<std::size_t> lengths;
    float tokens = 0;
    double loss = 0;
  };

  Variable<> forward(Shard& shard) const {
    shard.tape.clear();
    const auto embedded = model_.embedding(shard.tape, shard.inputs);
    const auto logits = model_.output(hidden(embedded, shard));
    if (aligns_)
      return ctc_loss(logits, shard.targets,
                      {.reduction = Reduction::sum_per_step, .zero_impossible = true, .lengths = shard.lengths});
    return cross_entropy(logits, shard.targets, {.lengths = shard.lengths});
  }
  Variable<> hidden(Variable<> embedded, const Shard& shard) const {
    const auto state = initial_state(model_.layers, embedded.tape(), embedded.shape()[1]);
    const Noise noise = Random(9).split(steps_).split(shard.stream);
    if constexpr (RecurrentCell<Layer>)
      if (checkpoints_)
        return unroll::run(model_.layers, embedded, {.state = state, .noise = noise, .checkpoints = *checkpoints_})
            .outputs;
    return unroll::run(model_.layers, embedded, {.state = state, .noise = noise, .lengths = shard.lengths}).outputs;
  }

  LanguageModel<Layer> model_;
  Parameters<> parameters_;
  Adam<> adam_{{.learning_rate = 1e-3}};
  Team team_;
  std::size_t batch_;
  bool aligns_;
  std::uint64_t steps_ = 0;
  float tokens_ = 0;
  std::optional<Checkpoints> checkpoints_;
  std::deque<Shard> shards_;
};

/// Inference: a batch of whole sequences from a state of zeros, or one step after another with the state carried on.
template <class Layer>
class Predictor {
 public:
  explicit Predictor(const Options& options) : model_(options, Random(1)), batch_(options.batch) {
    const std::size_t at_once = options.mode == "stream" ? 1 : options.steps;
    for (std::size_t first = 0; first < options.steps; first += at_once)
      tokens_.push_back(random_tokens(options, first, at_once, 0, options.batch));
    if (tokens_.size() == 1) lengths_ = lengths_of(options, 0, options.batch);
  }

  double step() {
    double sum = 0;
    if (tokens_.size() == 1) state_.reset();
    for (const auto& tokens : tokens_) {
      tape_.clear();
      const auto state = state_.resume(model_.layers, tape_, batch_);
      const auto unrolled =
          unroll::run(model_.layers, model_.embedding(tape_, tokens), {.state = state, .lengths = lengths_});
      sum += model_.output(unrolled.outputs).value()[0];
      state_.keep(unrolled.state);
    }
    return sum;
  }

 private:
  LanguageModel<Layer> model_;
  std::size_t batch_;
  std::vector<Tensor<int>> tokens_;
  std::vector<std::size_t> lengths_;  // none: all steps
  Tape<> tape_{Recording::values};
  CarriedState<> state_;
};

/// One step of what is to be timed. The object lives as long as the function.
template <class Layer>
std::function<double()> make_step_of_layers(const Options& options) {
  if (options.mode == "train") return [trainer = std::make_shared<Trainer<Layer>>(options)] { return trainer->step(); };
  return [predictor = std::make_shared<Predictor<Layer>>(options)] { return predictor->step(); };
}
template <class Cell>
std::function<double()> make_step(const Options& options) {
  if (options.direction == "both") return make_step_of_layers<Bidirectional<Cell>>(options);
  return make_step_of_layers<Cell>(options);
}

/// With the library's own cells, with its modifiers around an LSTM, and with the cells of custom.cpp.
std::function<double()> make_builtin_step(const Options& options);
std::function<double()> make_modified_step(const Options& options);
std::function<double()> make_custom_step(const Options& options);

}  // namespace benchmark
