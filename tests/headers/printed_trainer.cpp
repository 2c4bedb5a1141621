// The code that the docstrings of the trainer, and of what it is made of, print.
// clang-format off
#include <unroll/unroll.hpp>

using namespace unroll;

namespace {

struct Sums {
  struct Batch {
    Tensor<> pairs, sums;
    std::size_t count = 0;
  };
  Random order{0};
  std::size_t batches() const { return 100; }
  void begin_epoch(const Random& random) { order = random; }
  void read(std::size_t batch, BatchPart part, Batch& to) const {
    const auto [first, count] = part.range_of(32);
    to = {uniform(order.split(batch).split(first), {count, 2}), Tensor<>({count, 1}), count};
    for (std::size_t n = 0; n < count; ++n) to.sums[n] = to.pairs[2 * n] + to.pairs[2 * n + 1];
  }
};
static_assert(BatchSource<Sums>);

}  // namespace

struct Batch {
  Tensor<> inputs, targets;
  std::size_t count = 0;
};
void put_example(std::size_t, std::size_t, Batch&) {}

struct Speller {
  Embedding<> embedding{{.tokens = 4, .width = 6}, Random(1)};
  LstmCell<> cell{{.inputs = 6, .hidden = 8}, Random(2)};
  Linear<> output{{.inputs = 8, .outputs = 4}, Random(3)};
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding), visit("cell", self.cell), visit("output", self.output);
  }
};

void print_trainer(Linear<>& model) {
  const auto gather = [&](std::span<const std::size_t> indices, Batch& to) {
    to = {Tensor<>({indices.size(), 2}), Tensor<>({indices.size(), 1}), indices.size()};
    for (std::size_t n = 0; n < to.count; ++n) put_example(indices[n], n, to);
  };
  auto source = shuffled_examples<Batch>({.examples = 1000, .batch = 32}, gather);
  const auto draw = [](const Random& random, std::size_t count, Batch& to) {
    to = {uniform(random.split(0), {count, 2}), uniform(random.split(1), {count, 1}), count};
  };
  auto drawn = drawn_batches<Batch>({.batches = 100, .batch = 32}, draw);
  static_assert(BatchSource<decltype(drawn)>);
  auto training = source, held_out = source;
  Trainer trainer(model, {.optimizer = Adam<>({.learning_rate = 2e-3}), .budget = {.epochs = 10}, .clip_norm = 1});
  const auto loss_of = [&](Tape<>& tape, const Batch& batch) {
    return mean_squared_error(model(tape.constant(batch.inputs)), batch.targets);
  };
  const auto validate = [&] { return trainer.measure(held_out, loss_of); };
  const auto report = trainer.fit(training, loss_of,
                                  {.validate = validate, .patience = 5, .keep_best = "model.safetensors"});
  static_cast<void>(report);
}

void print_streams(Speller& model, const std::vector<int>& tokens) {
  Trainer trainer(model, {.budget = {.epochs = 1}});
  const auto loss = carried(model.cell, {.k1 = 64, .k2 = 64},
                            [&](Tape<>& tape, const StreamWindow& window, const auto& state, const auto&) {
    const auto [outputs, next] = run(model.cell, model.embedding(tape, window.tokens), {.state = state});
    return std::pair{cross_entropy(model.output(outputs), window.targets), next};
  });
  StreamWindows windows(tokens, 32, loss.truncation);
  trainer.fit(windows, loss);
}

void print_text() {
  const TextFile text("book.txt");
  StreamWindows windows(tokens_of(text), 32, {.k1 = 64, .k2 = 64});
  static_cast<void>(windows);
}

void print_optimizers(Linear<>& model, Adam<>& adam, Tape<>& tape, std::uint64_t step) {
  const auto parameters = parameters_of(model);
  const auto evaluate = [](const Linear<>&) {};
  const auto record = [&](Tape<>& on) { return sum(model(on.constant(Tensor<>({1, 2})))); };
  const Random random(1);
  MovingAverage<> average(0.999);
  adam.update(parameters), average.add(parameters);
  average.exchange(parameters);
  evaluate(model), save_module("model.safetensors", model);
  average.exchange(parameters);
  WeightNoise<> noise(0.075);
  noise.add(parameters, random.split(step));
  tape.backward(record(tape), parameters);
  noise.remove();
  adam.update(parameters);
}
