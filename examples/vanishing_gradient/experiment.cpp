#include "vanishing_gradient/experiment.hpp"

#include "vanishing_gradient/recall.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/rmsprop.hpp>
#include <unroll/framework/optimizers/sgd.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/trainer/trainer.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <algorithm>
#include <cmath>

namespace vanishing_gradient {

namespace {

using namespace unroll;

template <class Cell>
struct Recaller {
  Cell cell;
  Linear<float> output;

  Variable<float> answer(Variable<float> hidden) const {  // [T, N, H] -> [N, symbols]
    return output(at_step(hidden, hidden.shape()[0] - 1));
  }
  static void members(auto& self, auto&& visit) { visit("cell", self.cell), visit("output", self.output); }
};

std::size_t count_right(Variable<float> logits, const Tensor<int>& answers) {
  std::size_t right = 0;
  for (std::size_t n = 0; n < answers.size(); ++n) {
    const float* const row = logits.value().data() + n * RecallBatch::symbols;
    right += std::max_element(row, row + RecallBatch::symbols) - row == answers[n];
  }
  return right;
}

template <class Cell>
GradientFlow look_at(const Recaller<Cell>& model, const Plan& plan) {
  const RecallBatch batch = draw_recall(plan.steps, plan.batch, Random(plan.seed).split(0));
  return gradient_flow(model.cell, batch.sequences,
                       [&](Variable<float> hidden) { return cross_entropy(model.answer(hidden), batch.answers); },
                       {.jacobians = {.ends = 16}});
}

/// The same sequences for all contenders, new ones in each update.
struct RecallBatches {
  using Batch = RecallBatch;
  const Plan& plan;
  std::size_t batches() const { return plan.updates; }
  void begin_epoch(const Random&) {}
  void read(std::size_t batch, BatchPart part, RecallBatch& to) const {
    to = draw_recall(plan.steps, part.range_of(plan.batch).count, Random(plan.seed).split(1 + batch));
  }
};

template <class Cell>
void train(Recaller<Cell>& model, const AnyOptimizer<>& optimizer, const Plan& plan, Clipping& clipping,
           Outcome& outcome) {
  RecallBatches source{plan};
  const std::uint64_t measured = std::max<std::uint64_t>(1, plan.updates / 10);
  std::uint64_t update = 0;
  std::size_t right = 0;
  const auto loss_of = [&](Tape<>& tape, const RecallBatch& batch) {
    const auto logits = model.answer(run(model.cell, tape.constant(batch.sequences)).outputs);
    if (update + measured >= plan.updates) right += count_right(logits, batch.answers);
    return cross_entropy(logits, batch.answers);
  };
  const auto look = [&](const UpdateRecord& record) {
    update = record.update;
    clipping.count(record.gradient_norm);
    outcome.longest_gradient = std::max(outcome.longest_gradient, record.gradient_norm);
  };
  Trainer trainer(model, {.optimizer = optimizer,
                          .budget = {.updates = plan.updates},
                          .clip_norm = outcome.contender.clip,
                          .parts = 1,  // contenders have the threads
                          .seed = plan.seed});
  trainer.fit(source, loss_of, {.observers = {{.on_update = look}}, .stop_on_signals = false});
  outcome.accuracy = static_cast<double>(right) / static_cast<double>(measured * plan.batch);
}

template <class Cell>
Outcome run_with(Cell cell, const Contender& contender, const Plan& plan) {
  Recaller<Cell> model{std::move(cell), Linear<float>({.inputs = plan.hidden, .outputs = RecallBatch::symbols},
                                                      Random(plan.seed).split(1))};
  Outcome outcome{.contender = contender, .before = {}, .after = {}, .accuracy = {}};
  outcome.before = {contender.name.substr(0, contender.name.find(", clipped")), look_at(model, plan)};
  Clipping clipping{.limit = contender.clip};
  try {
    if (contender.cell == CellKind::rnn)
      train(model, Sgd<>({.learning_rate = 0.03, .momentum = 0.9}), plan, clipping, outcome);
    else
      train(model, RmsProp<>({.learning_rate = 0.003}), plan, clipping, outcome);
  } catch (const NumericalError&) {
    outcome.longest_gradient = std::numeric_limits<double>::infinity();
  }
  outcome.after = {contender.name, look_at(model, plan)};
  outcome.after.flow.clipping = clipping;
  return outcome;
}

/// The chrono initialization (Tallec and Ollivier 2018) of the gate that keeps the state: biases of log U(1, T - 1), so
/// that units remember for 1 to T steps. A separate gate that lets new input in gets the negative biases.
void let_remember(RecurrentWeights<float>& weights, std::size_t keeping, std::optional<std::size_t> letting_in,
                  const Plan& plan) {
  auto bias = weights.input_bias.mutable_value();
  const auto spans = uniform<float>(Random(plan.seed).split(3), {plan.hidden}, 1, static_cast<double>(plan.steps) - 1);
  for (std::size_t i = 0; i < plan.hidden; ++i) {
    bias[keeping * plan.hidden + i] = std::log(spans[i]);
    if (letting_in) bias[*letting_in * plan.hidden + i] = -std::log(spans[i]);
  }
}

}  // namespace

Outcome run_contender(const Contender& contender, const Plan& plan) {
  const std::size_t inputs = RecallBatch::inputs;
  const Random random = Random(plan.seed).split(2);
  if (contender.cell == CellKind::lstm) {
    LstmCell<float> cell({.inputs = inputs, .hidden = plan.hidden}, random);
    let_remember(cell.weights, 1, 0, plan);  // forget, input
    return run_with(std::move(cell), contender, plan);
  }
  if (contender.cell == CellKind::gru) {
    GruCell<float> cell({.inputs = inputs, .hidden = plan.hidden}, random);
    let_remember(cell.weights, 1, {}, plan);  // the update gate does both
    return run_with(std::move(cell), contender, plan);
  }
  RnnCell<float> cell({.inputs = inputs, .hidden = plan.hidden}, random);
  *cell.weights.hidden_weight.mutable_value() =
      orthogonal<float>(random.split(1), {plan.hidden, plan.hidden}, contender.norm);
  return run_with(std::move(cell), contender, plan);
}

}  // namespace vanishing_gradient
