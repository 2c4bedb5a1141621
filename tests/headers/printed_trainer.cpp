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

struct Sentences {
  PaddedSequences<int> tokens;
  std::size_t count = 0;
};

void print_buckets(const std::vector<std::vector<int>>& sentences, const std::vector<std::size_t>& lengths) {
  const auto gather_sentences = [&](std::span<const std::size_t> indices, Sentences& to) {
    to = {pad_sequences(sentences, indices), indices.size()};
  };
  auto by_batch = bucketed_examples<Sentences>({.lengths = lengths, .batch = 32}, gather_sentences);
  auto by_steps = bucketed_examples<Sentences>({.lengths = lengths, .padded_steps = 4096}, gather_sentences);
  static_assert(BatchSource<decltype(by_batch)> && BatchSource<decltype(by_steps)>);
}

void print_documents(Speller& model, const std::vector<int>& tokens, int separator) {
  const LstmCell<>& cell = model.cell;
  const auto loss = carried(cell, {.k1 = 64, .k2 = 64},
                            [&](Tape<>& tape, const StreamWindow& window, const auto& state, const auto&) {
    const auto inputs = model.embedding(tape, window.tokens);
    const auto [outputs, next] = run(cell, inputs, {.state = state, .starts = window.starts});  // in the loss
    return std::pair{cross_entropy(model.output(outputs), window.targets), next};
  });
  StreamWindows documents(tokens, 32, loss.truncation, document_starts(tokens, separator));
  static_cast<void>(documents.batches());
}

void print_windows(Speller& model, const std::vector<int>& tokens, const std::vector<int>& others) {
  Trainer trainer(model, {.budget = {.epochs = 1}});
  const auto loss_of = [&](Tape<>& tape, const WindowBatch& batch) {
    const auto hidden = run(model.cell, model.embedding(tape, batch.window.tokens)).outputs;
    return cross_entropy(model.output(hidden), batch.window.targets);
  };
  ShuffledWindows windows(tokens, {.steps = 64, .batch = 32});
  trainer.fit(windows, loss_of);
  ShuffledWindows held_out(others, {.steps = 64, .batch = 32, .order = WindowOrder::in_order});
  const double from_zeros = trainer.measure(held_out, loss_of);
  static_cast<void>(from_zeros);
}

void print_ways_of_judging(Speller& model, ShuffledWindows& held_out, StreamWindows& streams) {
  Trainer trainer(model, {.budget = {.epochs = 1}});
  const auto loss = carried(model.cell, {.k1 = 64, .k2 = 64},
                            [&](Tape<>& tape, const StreamWindow& window, const auto& state, const auto&) {
    const auto [outputs, next] = run(model.cell, model.embedding(tape, window.tokens), {.state = state});
    return std::pair{cross_entropy(model.output(outputs), window.targets), next};
  });
  const double carried_on = trainer.measure(streams, loss), alone = trainer.measure(held_out, from_zeros(loss));
  static_cast<void>(carried_on), static_cast<void>(alone);
}

void print_series(const Tensor<>& series) {
  const Periods periods = split_by_time(series.shape()[0], {.validation = 0.1, .test = 0.2});
  SeriesWindows training(series, periods.training, {.steps = 30, .horizon = 7, .targets = {0}});
  SeriesWindows test(series, periods.test,
                     {.steps = 30, .horizon = 7, .targets = {0}, .order = WindowOrder::in_order});
  Standardization standardize(values_of(series, periods.training));
  static_assert(BatchSource<decltype(training)>);
  static_cast<void>(standardize), static_cast<void>(test);
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
