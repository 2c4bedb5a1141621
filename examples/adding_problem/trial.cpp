#include "adding_problem/trial.hpp"

#include "adding_problem/task.hpp"
#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/trainer/drawn_batches.hpp>
#include <unroll/models/trainer/trainer.hpp>
#include <unroll/ops/losses.hpp>

#include <utility>

namespace adding_problem {

namespace {

using unroll::Random;
using unroll::Tape;
using unroll::Variable;

/// Reads the whole sequence, and gives a number after the last step.
template <class Cell>
struct Adder {
  Cell cell;
  unroll::Linear<float> output;

  Variable<float> operator()(Variable<float> inputs) const {  // [T, N, 2] -> [N, 1]
    return output(run(cell, inputs).state.hidden);
  }
  static void members(auto& self, auto&& visit) { visit("cell", self.cell), visit("output", self.output); }
};

template <class Model>
Outcome train(Model model, const Settings& settings, std::uint64_t seed,
              const std::function<void(const Outcome&)>& progress) {
  unroll::expect_in("run_trial", "target", settings.target, unroll::not_negative);
  const auto draw = [&](const Random& random, std::size_t count, Batch& to) {
    to = draw_batch(settings.length, count, random);
  };
  auto training = unroll::drawn_batches<Batch>({.batches = 50, .batch = settings.batch}, draw);
  const auto loss_of = [&](Tape<float>& tape, const Batch& batch) {
    return mean_squared_error(model(tape.constant(batch.inputs)), batch.sums);
  };
  unroll::Trainer trainer(model, {.optimizer = unroll::Adam<>({.learning_rate = settings.learning_rate}),
                                  .budget = {.updates = settings.steps},
                                  .clip_norm = settings.clip,
                                  .parts = 1,  // trials have the threads
                                  .seed = seed});
  auto held_out = unroll::drawn_batches<Batch>({.batches = 1, .batch = settings.held_out}, draw);
  Outcome outcome;
  const auto tell = [&](const unroll::EvaluationRecord& record) {
    outcome = {record.loss, record.loss < settings.target, record.update, record.seconds};
    progress(outcome);
    return outcome.reached;
  };
  trainer.fit(
      training, loss_of,
      {.validate = [&] { return trainer.measure(held_out, loss_of); }, .stop_when = tell, .stop_on_signals = false});
  return outcome;
}

}  // namespace

Outcome run_trial(experiment::CellKind cell, const Settings& settings, std::uint64_t seed,
                  const std::function<void(const Outcome&)>& progress) {
  const Random random(seed);
  return experiment::with_cell(cell, 2, settings.hidden, random.split(0), [&](auto made) {
    Adder<decltype(made)> model{std::move(made), {{.inputs = settings.hidden, .outputs = 1}, random.split(1)}};
    return train(std::move(model), settings, seed, progress);
  });
}

}  // namespace adding_problem
