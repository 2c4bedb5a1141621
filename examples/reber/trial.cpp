#include "reber/trial.hpp"

#include <unroll/models/layers/embedding.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/trainer/drawn_batches.hpp>
#include <unroll/models/trainer/trainer.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/cross_entropy.hpp>

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

/// Strings of any lengths to learn from, those of equal length side by side.
struct Lesson {
  std::vector<Batch> batches;
  std::size_t count = 0;  // symbols to predict
};

/// Draws so many of the strings, each time anew.
auto lessons_of(const std::vector<String>& strings, std::size_t size) {
  return unroll::drawn_batches<Lesson>({.batches = 32, .batch = size},
                                       [&strings](const Random& random, std::size_t count, Lesson& to) {
                                         std::vector<const String*> drawn;
                                         for (std::size_t i = 0; i < count; ++i)
                                           drawn.push_back(&strings[random.bits(i) % strings.size()]);
                                         to = {batches_by_length(drawn), 0};
                                         for (const Batch& batch : to.batches) to.count += batch.targets.size();
                                       });
}

/// The mean over all symbols of all strings.
template <class Model>
unroll::Variable<float> loss_of(const Model& model, Tape<float>& tape, const Lesson& lesson) {
  unroll::Variable<float> sum = tape.zeros({});
  for (const Batch& batch : lesson.batches)
    sum = sum + cross_entropy(model(tape, batch.symbols), batch.targets, {.reduction = unroll::Reduction::sum});
  return sum * (1 / static_cast<float>(lesson.count));
}

template <class Model>
Score examine(const Model& model, const std::vector<Batch>& batches) {
  Tape<float> values(unroll::Recording::values);
  Score sum;
  for (const Batch& batch : batches) {
    values.clear();
    sum += score(batch, model(values, batch.symbols).value());
  }
  return sum;
}

template <class Model>
Outcome train(Model model, const Settings& settings, std::uint64_t seed, const Random& random,
              const std::function<void(const Outcome&)>& progress) {
  const Strings strings = draw_strings(settings.training, settings.held_out, random);
  const std::vector<Batch> held_out = batches_by_length(addresses(strings.held_out));
  auto lessons = lessons_of(strings.training, settings.batch);
  unroll::Trainer trainer(model, {.schedule = unroll::CosineSchedule({.learning_rate = settings.learning_rate}),
                                  .budget = {.updates = (settings.presented - 1) / settings.batch + 1},
                                  .clip_norm = settings.clip,
                                  .parts = 1,  // trials have the threads
                                  .seed = seed});
  Outcome outcome;
  const auto validate = [&] {
    outcome.score = examine(model, held_out);
    return 1 - static_cast<double>(outcome.score.whole) / static_cast<double>(outcome.score.strings);
  };
  const auto tell = [&](const unroll::EvaluationRecord& record) {
    outcome.presented = record.update * settings.batch;
    outcome.seconds = record.seconds;
    progress(outcome);
    return outcome.learned();
  };
  trainer.fit(lessons, [&](Tape<float>& tape, const Lesson& lesson) { return loss_of(model, tape, lesson); },
              {.validate = validate, .stop_when = tell, .stop_on_signals = false});
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
    return train(std::move(model), settings, seed, random.split(4), progress);
  });
}

}  // namespace reber
