#include "adding_problem/trial.hpp"

#include "adding_problem/task.hpp"
#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/losses.hpp>

#include <chrono>
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
double error_of(const Model& model, const Batch& batch, Tape<float>& tape) {
  tape.clear();
  return static_cast<double>(mean_squared_error(model(tape.constant(batch.inputs)), batch.sums).item());
}

template <class Model>
Outcome train(Model model, const Settings& settings, const Random& random,
              const std::function<void(const Outcome&)>& progress) {
  constexpr std::uint64_t interval = 50;  // updates between two evaluations on the held-out sequences
  const auto begin = std::chrono::steady_clock::now();
  unroll::expect_in("run_trial", "target", settings.target, unroll::not_negative);
  const Batch held_out = draw_batch(settings.length, settings.held_out, Random(0));
  const auto parameters = unroll::parameters_of(model);
  unroll::Adam<float> adam({.learning_rate = settings.learning_rate});
  Tape<float> tape, values(unroll::Recording::values);
  Outcome outcome;
  while (!outcome.reached && outcome.steps < settings.steps) {
    const Batch batch = draw_batch(settings.length, settings.batch, random.split(++outcome.steps));
    tape.clear();
    tape.backward(mean_squared_error(model(tape.constant(batch.inputs)), batch.sums), parameters);
    clip_gradient_norm(parameters, settings.clip);
    adam.update(parameters);
    if (outcome.steps % interval != 0 && outcome.steps != settings.steps) continue;
    outcome.error = error_of(model, held_out, values);
    outcome.reached = outcome.error < settings.target;
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    progress(outcome);
  }
  return outcome;
}

}  // namespace

Outcome run_trial(experiment::CellKind cell, const Settings& settings, std::uint64_t seed,
                  const std::function<void(const Outcome&)>& progress) {
  const Random random(seed);
  return experiment::with_cell(cell, 2, settings.hidden, random.split(0), [&](auto made) {
    Adder<decltype(made)> model{std::move(made), {{.inputs = settings.hidden, .outputs = 1}, random.split(1)}};
    return train(std::move(model), settings, random.split(2), progress);
  });
}

}  // namespace adding_problem
