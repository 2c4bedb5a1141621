#include "support/catch.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/shuffled_windows.hpp>
#include <unroll/models/trainer/stream_window.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

// Documents that stand behind one another in a text: the marks of its windows, and what is learned by them.
using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

/// Documents of 1 to 12 tokens, each of which begins with token 0.
std::vector<int> documents(std::size_t count) {
  std::vector<int> tokens;
  for (std::size_t document = 0; document < count; ++document) {
    const Random random = Random(5).split(document);
    const std::size_t more = random.bits(0) % 12;
    tokens.push_back(0);
    for (std::size_t i = 0; i < more; ++i) tokens.push_back(1 + static_cast<int>(random.bits(1 + i) % 3));
  }
  return tokens;
}

auto documents_loss(const Speller& model, const Truncation& truncation, bool with_checkpoints = false) {
  return carried(
      model.cell, truncation,
      [&model, with_checkpoints](Tape<>& tape, const StreamWindow& window, const auto& state, const StepContext&) {
        RunOptions<LstmCell<>::State> options{.state = state, .starts = window.starts};
        if (with_checkpoints) options.checkpoints = Checkpoints();
        const auto [outputs, next] = run(model.cell, model.embedding(tape, window.tokens), options);
        return std::pair{cross_entropy(model.output(outputs), window.targets), next};
      });
}

struct Learned {
  double loss = 0;  // the sum over all tokens
  std::vector<float> gradient;
};

Learned learned(Speller& model, double loss) {
  Learned result{.loss = loss, .gradient = {}};
  for (const auto& [name, parameter] : parameters_of(model)) {
    const auto& gradient = parameter->gradient();
    result.gradient.insert(result.gradient.end(), gradient.begin(), gradient.end());
  }
  return result;
}

/// Each document of each stream alone, from zeros, with the gradient over all of its steps.
Learned alone(const std::vector<int>& tokens, std::size_t streams) {
  Speller model;
  const std::size_t length = (tokens.size() - 1) / streams;
  double loss = 0;
  for (std::size_t stream = 0; stream < streams; ++stream)
    for (std::size_t begin = stream * length, end = 0; begin < (stream + 1) * length; begin = end) {
      for (end = begin + 1; end < (stream + 1) * length && tokens[end] != 0;) ++end;
      Tape<> tape;
      const Tensor<int> read({end - begin, 1}, std::vector<int>(&tokens[begin], &tokens[end]));
      const Tensor<int> next({end - begin, 1}, std::vector<int>(&tokens[begin] + 1, &tokens[end] + 1));
      const auto outputs = run(model.cell, model.embedding(tape, read)).outputs;
      const auto sum = cross_entropy(model.output(outputs), next, {.reduction = Reduction::sum});
      tape.backward(sum, parameters_of(model));
      loss += static_cast<double>(sum.item());
    }
  return learned(model, loss);
}

/// The text as streams with marks, by truncated backpropagation.
Learned streamed(const std::vector<int>& tokens, std::size_t streams, const Truncation& truncation,
                 bool with_checkpoints = false) {
  Speller model;
  const auto loss = documents_loss(model, truncation, with_checkpoints);
  const StreamWindows windows(tokens, streams, truncation, document_starts(tokens, 0));
  TruncatedBackpropagation<> truncated(truncation);
  StreamBatch batch;
  double sum = 0;
  for (std::size_t index = 0; index < windows.batches(); ++index) {
    windows.read(index, {}, batch);
    for (const StreamWindow& window : batch.windows)
      sum += static_cast<double>(
          truncated.record(model.cell, streams, window.steps(), [&](Tape<>& tape, const auto& state) {
            const auto [mean, after] = loss.loss(tape, window, state, StepContext{});
            return std::pair{mean * static_cast<float>(window.items()), after};
          }));
    if (batch.last) truncated.end_sequence();
    truncated.backward(parameters_of(model));
  }
  return learned(model, sum);
}

void check_same(const Learned& a, const Learned& b) {
  CHECK(a.loss == Approx(b.loss).epsilon(1e-5));
  REQUIRE(a.gradient.size() == b.gradient.size());
  const float largest = std::abs(*std::max_element(b.gradient.begin(), b.gradient.end()));
  REQUIRE(largest > 1);
  std::size_t differ = 0;
  for (std::size_t i = 0; i < a.gradient.size(); ++i)
    differ += std::abs(a.gradient[i] - b.gradient[i]) > 1e-5f * largest;
  CHECK(differ == 0);
}

}  // namespace

TEST_CASE("documents begin where their first token stands") {
  CHECK(document_starts(std::vector<int>{7, 1, 2, 7, 7, 3}, 7) == std::vector<std::size_t>{0, 3, 4});
  CHECK(document_starts(std::vector<int>{7, 1}, 2).empty());
  CHECK(document_starts({}, 2).empty());
}

TEST_CASE("a window marks the tokens at which documents begin, in streams and in windows alone") {
  std::vector<int> text(41);
  std::iota(text.begin(), text.end(), 0);
  const std::vector<std::size_t> starts{0, 3, 4, 11, 20, 33, 40};
  const auto check = [&](const StreamWindow& window) {
    REQUIRE(window.starts.has_value());
    REQUIRE(window.starts->shape() == window.tokens.shape());
    for (std::size_t i = 0; i < window.items(); ++i) {
      const bool begins = std::find(starts.begin(), starts.end(), window.tokens[i]) != starts.end();
      CHECK((*window.starts)[i] == (begins ? 1 : 0));
    }
  };
  StreamBatch batch;
  const StreamWindows streams(text, 3, {4, 4}, starts);
  for (std::size_t index = 0; index < streams.batches(); ++index)
    for (std::size_t part = 0; part < 2; ++part) {
      streams.read(index, {part, 2}, batch);
      for (const StreamWindow& window : batch.windows) check(window);
    }
  WindowBatch window;
  ShuffledWindows windows(text, {.steps = 6, .batch = 2, .starts = starts});
  windows.begin_epoch(Random(1));
  for (std::size_t index = 0; index < windows.batches(); ++index) windows.read(index, {}, window), check(window.window);
  StreamWindows(text, 3, {4, 4}).read(0, {}, batch);  // told of no documents
  CHECK_FALSE(batch.windows[0].starts.has_value());
}

TEST_CASE("documents in streams are learned as each would be alone") {
  const auto tokens = documents(60);
  const std::size_t streams = GENERATE(1u, 3u);
  const std::size_t length = (tokens.size() - 1) / streams;
  const Learned expected = alone(tokens, streams);
  check_same(streamed(tokens, streams, {length, length}), expected);
  check_same(streamed(tokens, streams, {length, length}, true), expected);  // with checkpoints
  check_same(streamed(tokens, streams, {4, 16}), expected);  // windows that overlap, longer than a document
  check_same(streamed(tokens, streams, {6, 18}), expected);
  CHECK(streamed(tokens, streams, {4, 4}).loss == Approx(expected.loss).epsilon(1e-5));
}

TEST_CASE("what is in a document changes no bit of the loss of the next one") {
  auto tokens = documents(60);
  const auto starts = document_starts(tokens, 0);
  const std::size_t half = starts[30];
  Speller model;
  const auto losses = [&] {
    std::vector<float> each;
    const auto loss = documents_loss(model, {1, 1});
    const StreamWindows windows(tokens, 1, {1, 1}, starts);
    Tape<> tape(Recording::values);
    CarriedState<> carried;
    StreamBatch batch;
    for (std::size_t index = 0; index < windows.batches(); ++index) {
      windows.read(index, {}, batch);
      tape.clear();
      const auto [mean, after] = loss.loss(tape, batch.windows[0], carried.resume(model.cell, tape, 1), StepContext{});
      carried.keep(after);
      if (index >= half) each.push_back(mean.item());
    }
    return each;
  };
  const auto before = losses();
  for (std::size_t i = 0; i < half; ++i) tokens[i] = 3;  // the positions of documents stay
  CHECK(losses() == before);
}

TEST_CASE("a training on documents is the same on any number of threads, and measures them as alone") {
  const auto tokens = documents(80);
  const auto train = [&](std::size_t threads) {
    Speller model;
    const auto loss = documents_loss(model, {5, 10});
    StreamWindows windows(tokens, 4, loss.truncation, document_starts(tokens, 0));
    Trainer trainer(model, {.budget = {.epochs = 2}, .parts = 3, .threads = threads});
    trainer.fit(windows, loss);
    return weights(model);
  };
  CHECK(train(1) == train(3));
  Speller model;
  StreamWindows windows(tokens, 4, {5, 10}, document_starts(tokens, 0));
  Trainer trainer(model, {.budget = {.epochs = 1}});
  const double measured = trainer.measure(windows, documents_loss(model, {5, 10}));
  CHECK(measured * static_cast<double>(windows.items()) == Approx(alone(tokens, 4).loss).epsilon(1e-5));
}

TEST_CASE("a checkpoint knows where documents begin") {
  const std::vector<int> text{0, 1, 0, 2};
  const auto settings = [&](std::vector<std::size_t> starts) {
    return StreamWindows(text, 1, {1, 1}, starts).settings();
  };
  CHECK(settings({0, 2}).at("starts") != settings({0}).at("starts"));
  CHECK(settings({}).count("starts") == 0);
  CHECK(settings({}).at("sha256") == settings({0, 2}).at("sha256"));
}

TEST_CASE("positions of documents that do not ascend, or are outside the text, are refused") {
  const std::vector<int> text(10);
  const auto make = [&](std::vector<std::size_t> starts) { return StreamWindows(text, 1, {1, 1}, starts); };
  CHECK_THROWS_WITH(make({0, 10}), Contains("stream_windows: document 1 begins at token 10 of 10 given"));
  CHECK_THROWS_WITH(make({std::size_t(-1)}), Contains("document 0 begins at token 18446744073709551615 of 10"));
  CHECK_THROWS_WITH(make({4, 4}), Contains("document 0 begins at token 4 and document 1 at token 4 given"));
  CHECK_THROWS_WITH(make({5, 2}), Contains("(are they lengths?)"));
  CHECK_THROWS_WITH(ShuffledWindows(text, {.steps = 2, .batch = 1, .starts = {11}}),
                    Contains("shuffled_windows: document 0 begins at token 11 of 10"));
}
