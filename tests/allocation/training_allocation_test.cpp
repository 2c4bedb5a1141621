#include "allocation/allocations.hpp"
#include "support/catch.hpp"
#include <unroll/models.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <optional>
#include <vector>

using namespace unroll;

namespace {

struct Tagger {
  Embedding<> embedding;
  Layers<GruCell<>> layers;
  Linear<> output;
  Tagger()
      : embedding({.tokens = 20, .width = 24}, Random(1)),
        layers(2, {.inputs = 24, .hidden = 32}, Random(2), 0.2),
        output({.inputs = 32, .outputs = 20}, Random(3)) {}
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding), visit("layers", self.layers), visit("output", self.output);
  }
};

}  // namespace

TEST_CASE("a training touches the heap no more from the third update on", "[allocation]") {
  const auto [k1, k2, threads] =
      GENERATE(table<std::size_t, std::size_t, std::size_t>({{8, 8, 1}, {8, 8, 2}, {8, 16, 1}, {8, 4, 2}}));
  CAPTURE(k1, k2, threads);
  std::vector<int> tokens;
  for (int i = 0; i < 2000; ++i) tokens.push_back(i * i % 20);
  Tagger model;
  const auto loss = carried(model.layers, {.k1 = k1, .k2 = k2},
                            [&](Tape<>& tape, const StreamWindow& window, const auto& state, const StepContext& begin) {
                              const auto [outputs, next] = run(model.layers, model.embedding(tape, window.tokens),
                                                               {.state = state, .noise = begin.noise});
                              return std::pair{cross_entropy(model.output(outputs), window.targets), next};
                            });
  StreamWindows windows(tokens, 8, loss.truncation);
  std::optional<AllocationCount> count;
  std::size_t allocations = 1;
  const auto look = [&](const UpdateRecord& record) {
    if (record.update == (k2 > k1 ? 4 : 2)) count.emplace();  // by then a window reaches back as far as any
    if (record.update == 20) allocations = count->since();
  };
  Trainer trainer(model, {.schedule = CosineSchedule({.learning_rate = 0.01}),
                          .budget = {.updates = 20},
                          .clip_norm = 1,
                          .threads = threads,
                          .average_decay = 0.9,
                          .weight_noise = 0.01});
  trainer.fit(windows, loss, {.observers = {{.on_update = look}}});
  CHECK(allocations == 0);
}

TEST_CASE("neither documents in streams nor windows from zeros make a training touch the heap", "[allocation]") {
  std::vector<int> tokens;
  for (int i = 0; i < 2000; ++i) tokens.push_back(i * i % 20);
  Tagger model;
  const auto loss = carried(model.layers, {.k1 = 8, .k2 = 8},
                            [&](Tape<>& tape, const StreamWindow& window, const auto& state, const StepContext& begin) {
                              const auto [outputs, next] =
                                  run(model.layers, model.embedding(tape, window.tokens),
                                      {.state = state, .noise = begin.noise, .starts = window.starts});
                              return std::pair{cross_entropy(model.output(outputs), window.targets), next};
                            });
  std::optional<AllocationCount> count;
  std::size_t allocations = 1;
  const auto look = [&](const UpdateRecord& record) {
    if (record.update == 5) count.emplace();  // other numbers of documents begin in other windows
    if (record.update == 25) allocations = count->since();
  };
  const FitOptions fit{.observers = {{.on_update = look}}};
  Trainer trainer(model, {.budget = {.updates = 25}, .threads = 2});
  StreamWindows streams(tokens, 8, loss.truncation, document_starts(tokens, 1));
  trainer.fit(streams, loss, fit);
  CHECK(allocations == 0);
  ShuffledWindows windows(tokens, {.steps = 8, .batch = 8, .starts = document_starts(tokens, 1)});
  allocations = 1;
  trainer.fit(windows, from_zeros(loss), fit);
  CHECK(allocations == 0);
}
