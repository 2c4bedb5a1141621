#include "character_model/memory.hpp"

#include "character_model/model.hpp"
#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <cmath>

using namespace character_model;
using Catch::Contains;

TEST_CASE("the weights alone count their copies") {
  const Settings settings{.hidden = 10, .embedding = 4};
  const double weights = 4 * parameter_count(settings, 20);
  CHECK(running_memory(settings, 20, 1, 1, 1).parameters >= weights);
  CHECK(training_memory(settings, 20, 1, {1, 1}, 100, 2).parameters >= 5 * weights);
  CHECK(training_memory(settings, 20, 8, {16, 16}, 100, 1).activations
        == 128 * training_memory(settings, 20, 1, {1, 1}, 100, 1).activations);
}

TEST_CASE("the estimates hold what tapes take, and not much more than that") {
  const Settings settings{.cell = static_cast<CellKind>(GENERATE(range(0, static_cast<int>(cell_names.size())))),
                          .layers = GENERATE(1u, 3u),
                          .hidden = 64,
                          .embedding = 48,
                          .dropout = 0.2};
  const std::size_t vocabulary = GENERATE(30u, 1500u), batch = 8, steps = 32;
  CAPTURE(name_of(settings.cell), settings.layers, vocabulary);
  AnyModel any = make_model(settings, vocabulary, unroll::Random(1));
  std::visit(
      [&](auto& model) {
        const unroll::Parameters<float> parameters(model);
        const unroll::Tensor<int> tokens({steps, batch}, 3);
        const auto use = [&](unroll::Tape<float>& tape, const unroll::Noise& noise) {
          tape.clear();
          const auto state = unroll::initial_state(model.recurrent, tape, batch);
          return unroll::cross_entropy(model(tape, tokens, state, noise).outputs, tokens);
        };
        unroll::Tape<float> training, running(unroll::Recording::values);
        for (int window = 0; window < 10; ++window) {
          training.backward(use(training, unroll::Random(2)));
          use(running, {});
        }
        // What the estimate counts of the parameters beside the tape: 5 copies in training, the weights in running.
        const double weights = 4 * parameter_count(settings, vocabulary);
        const double to_train =
            training_memory(settings, vocabulary, batch, {steps, steps}, 1000, 1).total() - 5 * weights;
        const double to_run = running_memory(settings, vocabulary, batch, steps, 1).total() - weights;
        CHECK(static_cast<double>(training.bytes()) <= to_train);
        CHECK(static_cast<double>(training.bytes()) >= to_train / 4);
        CHECK(static_cast<double>(running.bytes()) <= to_run);
        CHECK(static_cast<double>(running.bytes()) >= to_run / 4);
      },
      any);
}

TEST_CASE("so do they for windows that overlap") {
  const Settings settings{.cell = CellKind::lstm, .layers = 2, .hidden = 64, .embedding = 48};
  const unroll::Truncation truncation = GENERATE(unroll::Truncation{8, 32}, unroll::Truncation{32, 32},
                                                 unroll::Truncation{8, 24}, unroll::Truncation{32, 8});
  const std::size_t vocabulary = 30, batch = 8, chunk = truncation.chunk();
  CAPTURE(truncation.k1, truncation.k2);
  Lstm model(settings, vocabulary, unroll::Random(1));
  const unroll::Parameters<float> parameters(model);
  const unroll::Tensor<int> tokens({chunk, batch}, 3);
  unroll::TruncatedBackpropagation<float> truncated(truncation);
  for (int piece = 0; piece < 20; ++piece) {
    truncated.record(model.recurrent, batch, chunk, [&](unroll::Tape<float>& tape, const auto& before) {
      const auto [logits, after] = model(tape, tokens, before);
      return std::pair{unroll::cross_entropy(logits, tokens), after};
    });
    if (!truncated.due()) continue;
    truncated.sweep(parameters);
    for (const auto& [name, parameter] : parameters) parameter->mark_changed();
  }
  const double weights = 4 * parameter_count(settings, vocabulary);
  const double estimate = training_memory(settings, vocabulary, batch, truncation, 1000, 1).total() - 5 * weights;
  CHECK(static_cast<double>(truncated.bytes()) <= estimate);
  CHECK(static_cast<double>(truncated.bytes()) >= estimate / 4);
}

TEST_CASE("a window is never longer than its stream") {
  const Settings settings{.hidden = 10, .embedding = 4};
  CHECK(training_memory(settings, 20, 1, {8, 800}, 40, 1).total()
        == training_memory(settings, 20, 1, {8, 8000}, 40, 1).total());
}

TEST_CASE("the largest settings do not overflow, and are refused") {
  const Settings largest{.layers = most_layers, .hidden = most_hidden, .embedding = most_hidden};
  const MemoryNeeds needs =
      training_memory(largest, Vocabulary::max_size, most_batch, {1, most_steps}, std::uint64_t{1} << 60, most_threads);
  CHECK(std::isfinite(needs.total()));
  CHECK_THROWS_AS(expect_memory(needs, 24e9), unroll::ArgumentError);
  CHECK_THROWS_WITH(expect_memory(needs, 24e9), Contains("24.0 GB are available") && Contains("lower --batch"));
}

TEST_CASE("the message names what to lower") {
  CHECK_THROWS_WITH(expect_memory({.parameters = 2e9, .activations = 1e9}, 1e9),
                    Contains("about 3.0 GB") && Contains("lower --hidden"));
  CHECK_THROWS_WITH(expect_memory({.parameters = 1e9, .activations = 2e9}, 1e9, "--k2"),
                    Contains("lower --batch or --k2"));
  CHECK_NOTHROW(expect_memory({.parameters = 2e9, .activations = 1e9}, 3e9));
}
