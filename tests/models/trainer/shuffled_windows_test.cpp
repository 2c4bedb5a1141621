#include "support/catch.hpp"
#include "support/read_back.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/shuffled_windows.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <set>
#include <vector>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

/// Where the windows of an epoch begin, read in so many parts; checks what is in them on the way.
std::vector<int> begins(const ShuffledWindows& windows, std::size_t steps, std::size_t parts = 1) {
  std::vector<int> all;
  WindowBatch batch;
  for (std::size_t index = 0; index < windows.batches(); ++index)
    for (std::size_t part = 0; part < parts; ++part) {
      windows.read(index, {part, parts}, batch);
      if (batch.count == 0) continue;
      const StreamWindow& window = batch.window;
      CHECK(batch.count == window.items());
      REQUIRE(window.steps() == steps);
      for (std::size_t n = 0; n < window.sequences(); ++n) {
        all.push_back(window.tokens.at({0, n}));
        for (std::size_t t = 0; t < steps; ++t) {
          CHECK(window.tokens.at({t, n}) == all.back() + static_cast<int>(t));
          CHECK(window.targets.at({t, n}) == all.back() + static_cast<int>(t) + 1);
        }
      }
    }
  return all;
}

auto plain_loss(const Speller& model) {
  return [&model](Tape<>& tape, const WindowBatch& batch) {
    const auto outputs = run(model.cell, model.embedding(tape, batch.window.tokens)).outputs;
    return cross_entropy(model.output(outputs), batch.window.targets);
  };
}

}  // namespace

TEST_CASE("an epoch has each window once, no token twice, and all tokens but some at both ends") {
  const auto [tokens, steps, batch] = GENERATE(
      table<std::size_t, std::size_t, std::size_t>({{101, 5, 4}, {100, 7, 3}, {2, 1, 1}, {9, 8, 3}, {30, 10, 100}}));
  CAPTURE(tokens, steps, batch);
  const auto text = positions(tokens);
  ShuffledWindows windows(text, {.steps = steps, .batch = batch});
  CHECK(windows.items() == windows.windows() * steps);
  CHECK(windows.items() + 2 * steps >= tokens - 1);
  std::set<int> first_tokens;
  for (std::uint64_t epoch = 0; epoch < 100; ++epoch) {
    windows.begin_epoch(Random(epoch));
    auto found = begins(windows, steps);
    CHECK(found.size() == windows.windows());
    std::sort(found.begin(), found.end());
    first_tokens.insert(found.front());
    CHECK(found.front() >= 0);
    CHECK(found.back() + static_cast<int>(steps) < static_cast<int>(tokens));
    for (std::size_t i = 1; i < found.size(); ++i) CHECK(found[i] - found[i - 1] == static_cast<int>(steps));
  }
  CHECK(first_tokens.size() == std::min(steps, tokens - steps));  // borders move by every number there is
}

TEST_CASE("each epoch has an order of its own, and the same again whatever was read before, in any number of parts") {
  const auto text = positions(300);
  ShuffledWindows windows(text, {.steps = 5, .batch = 8});
  windows.begin_epoch(Random(1));
  const auto first = begins(windows, 5);
  CHECK_FALSE(std::is_sorted(first.begin(), first.end()));
  windows.begin_epoch(Random(2));
  WindowBatch batch;
  windows.read(3, {}, batch);
  CHECK(begins(windows, 5) != first);
  windows.begin_epoch(Random(1));
  windows.read(4, {1, 2}, batch);
  for (const std::size_t parts : {1u, 2u, 3u, 11u}) CHECK(begins(windows, 5, parts) == first);
}

TEST_CASE("in order, windows begin with the text and follow one another") {
  const auto text = positions(32);
  ShuffledWindows windows(text, {.steps = 5, .batch = 4, .order = WindowOrder::in_order});
  windows.begin_epoch(Random(7));
  CHECK(begins(windows, 5) == std::vector<int>{0, 5, 10, 15, 20, 25});
  ShuffledWindows overlapping(text, {.steps = 20, .batch = 4, .stride = 5, .order = WindowOrder::in_order});
  overlapping.begin_epoch(Random(7));
  CHECK(begins(overlapping, 20) == std::vector<int>{0, 5, 10});
}

TEST_CASE("a stride says how far apart windows begin") {
  const auto text = positions(200);
  ShuffledWindows windows(text, {.steps = 10, .batch = 4, .stride = 3});
  windows.begin_epoch(Random(7));
  auto found = begins(windows, 10);
  std::sort(found.begin(), found.end());
  for (std::size_t i = 1; i < found.size(); ++i) CHECK(found[i] - found[i - 1] == 3);
}

TEST_CASE("a loss is judged on windows from zeros and on a state carried on, by the same function") {
  Speller model;
  const auto tokens = text(121);
  ShuffledWindows windows(tokens, {.steps = 20, .batch = 4, .order = WindowOrder::in_order});
  StreamWindows streams(tokens, 6, {20, 20}), one(tokens, 1, {20, 20});
  Trainer trainer(model, {.budget = {.epochs = 1}, .parts = 2});
  const auto loss = spelling_loss(model, {20, 20});
  const double alone = trainer.measure(windows, plain_loss(model));
  CHECK(trainer.measure(windows, from_zeros(loss)) == alone);
  CHECK(trainer.measure(streams, loss) == Approx(alone).epsilon(1e-5));  // streams of one window each
  CHECK(std::abs(trainer.measure(one, loss) - alone) > 1e-5);
}

TEST_CASE("a loss from zeros trains as a plain one does, and is resumed to the same bits") {
  const TemporaryDirectory folder;
  const auto tokens = text(400);
  const auto train = [&](const auto& make_loss, std::uint64_t stop, bool resumes) {
    Speller model;
    ShuffledWindows windows(tokens, {.steps = 7, .batch = 4});
    FitOptions fit{.checkpoint = {.path = folder / "c"}};
    if (resumes) fit.resume = folder / "c";
    if (stop > 0) fit.observers.push_back(stop_after(stop));
    Trainer(model, {.budget = {.updates = 30}}).fit(windows, make_loss(model), fit);
    return weights(model);
  };
  const auto carried = [](const Speller& model) { return from_zeros(spelling_loss(model, {7, 7})); };
  const auto whole = train(plain_loss, 0, false);
  CHECK((train(carried, 0, false) == whole));
  train(carried, 17, false);  // in the second epoch
  CHECK((train(carried, 0, true) == whole));
}

TEST_CASE("a checkpoint knows the text, the sizes and the order") {
  const auto text = positions(30), other = positions(31);
  const auto settings = ShuffledWindows(text, {.steps = 5, .batch = 4}).settings();
  CHECK(settings.at("stride") == "5");
  CHECK(settings.at("order") == "shuffled");
  CHECK(ShuffledWindows(other, {.steps = 5, .batch = 4}).settings().at("sha256") != settings.at("sha256"));
  CHECK(StreamWindows(text, 1, {1, 1}).settings().at("sha256") == settings.at("sha256"));
}

TEST_CASE("windows that the text does not fill, and sizes of 0, are refused; larger sizes are taken for all") {
  const auto text = positions(9);
  const auto make = [&](std::size_t steps, std::size_t batch, std::size_t stride) {
    return ShuffledWindows(text, {.steps = steps, .batch = batch, .stride = stride});
  };
  CHECK_THROWS_WITH(make(9, 1, 0), Contains("shuffled_windows: 9 tokens in windows of 9 steps given"));
  CHECK_THROWS_WITH(make(0, 1, 0), Contains("9 tokens in windows of 0 steps given"));
  CHECK_THROWS_WITH(make(8, 0, 0), Contains("1 windows in batches of 0 given"));
  for (const std::size_t size : {std::size_t(1) << 31, std::size_t(1) << 62, std::size_t(-1)}) {
    CHECK_THROWS_AS(make(size, 1, 0), ArgumentError);
    auto windows = make(3, size, size);
    windows.begin_epoch(Random(1));
    CHECK(windows.batches() == 1);
    CHECK(begins(windows, 3).size() == 1);
  }
  const std::vector<int> none;
  CHECK_THROWS_WITH(ShuffledWindows(none, {.steps = 1, .batch = 1}), Contains("0 tokens in windows of 1 step given"));
}
