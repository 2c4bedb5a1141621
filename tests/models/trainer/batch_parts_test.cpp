#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/batch_parts.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <algorithm>
#include <atomic>
#include <limits>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// What a window with the token 3 spoils.
enum class Spoiled { state, loss };

/// 200 tokens from 0 to 2, and one 3, at this step of the second of five streams of 40 steps.
std::vector<int> text_with_a_bad_window(std::size_t step) {
  std::vector<int> tokens(201);
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int>(i * i % 3);
  tokens[40 + step] = 3;
  return tokens;
}

auto spoiled_loss(const Speller& model, const Truncation& truncation, Spoiled what) {
  const auto plain = spelling_loss(model, truncation);
  return carried(model.cell, truncation,
                 [plain, what](Tape<>& tape, const StreamWindow& window, const auto& state, const StepContext& begin) {
                   auto result = plain.loss(tape, window, state, begin);
                   if (std::count(window.tokens.begin(), window.tokens.end(), 3) == 0) return result;
                   if (what == Spoiled::state) result.second.hidden = result.second.hidden * infinity;
                   if (what == Spoiled::loss) result.first = result.first * infinity;
                   return result;
                 });
}

struct Learned {
  std::vector<float> weights;
  std::uint64_t skipped;
};

Learned learn_with(TrainerOptions<> options, const Truncation& truncation, Spoiled what, const FitOptions& fit = {},
                   std::size_t bad_step = 9) {
  Speller model;
  const auto tokens = text_with_a_bad_window(bad_step);
  const auto loss = spoiled_loss(model, truncation, what);
  StreamWindows windows(tokens, 5, truncation);
  const auto report = Trainer(model, std::move(options)).fit(windows, loss, fit);
  return {weights(model), report.skipped};
}

/// Of two sources it is told which batches are read.
struct Watched {
  struct Batch {
    std::size_t index, count;
  };
  std::vector<std::size_t>* read_batches;
  std::size_t batches() const { return 6; }
  void begin_epoch(const Random&) {}
  void read(std::size_t batch, BatchPart, Batch& to) const {
    to = {batch, 1};
    read_batches->push_back(batch);
  }
};

}  // namespace

TEST_CASE("a part that fails keeps no other part of its batch from learning, on any number of threads", "[trainer]") {
  const Spoiled what = GENERATE(Spoiled::state, Spoiled::loss);
  const Truncation truncation = GENERATE(Truncation{4, 4}, Truncation{4, 8}, Truncation{8, 4});
  const auto learn = [&](std::size_t threads) {
    return learn_with({.budget = {.updates = 14}, .parts = 5, .threads = threads, .skip_nonfinite = 1}, truncation,
                      what);
  };
  const Learned one = learn(1);
  CHECK(one.skipped >= 1);
  for (const std::size_t threads : {2u, 3u, 5u}) CHECK((learn(threads).weights == one.weights));
}

TEST_CASE("a batch that was skipped is not read again", "[trainer]") {
  Line model;
  std::vector<std::size_t> read_batches;
  Watched source{&read_batches};
  const auto loss = [&](Tape<>& tape, const Watched::Batch& batch) {
    if (batch.index == 2) throw NumericalError("mine");
    return mean(model(tape.constant(Tensor<>({1, 2}, 1))));
  };
  Trainer trainer(model, {.budget = {.updates = 6}, .parts = 1, .skip_nonfinite = 1});
  CHECK(trainer.fit(source, loss).skipped == 1);
  CHECK(read_batches == std::vector<std::size_t>{0, 1, 2, 3, 4, 5});
  read_batches.clear();
  Trainer strict(model, {.budget = {.updates = 6}, .parts = 1});
  CHECK_THROWS_WITH(strict.fit(source, loss), Contains("mine"));  // what the loss has said
}

TEST_CASE("of accumulated batches a bad one ends the update, and the next begins behind it", "[trainer]") {
  const Spoiled what = GENERATE(Spoiled::state, Spoiled::loss);
  const Learned learned = learn_with({.budget = {.updates = 8}, .accumulate = 3, .parts = 2, .skip_nonfinite = 1},
                                     GENERATE(Truncation{4, 4}, Truncation{4, 8}), what);
  CHECK(learned.skipped >= 1);
}

TEST_CASE("a training that has skipped an update is resumed to the bit", "[trainer]") {
  const Spoiled what = GENERATE(Spoiled::state, Spoiled::loss);
  const Truncation truncation = GENERATE(Truncation{4, 4}, Truncation{4, 8}, Truncation{4, 16});
  const std::size_t bad_step = GENERATE(9u, 38u);  // in the third update of an epoch, and in its last one
  const TrainerOptions<> options{.budget = {.updates = 14}, .parts = 3, .skip_nonfinite = 1};
  const auto whole = learn_with(options, truncation, what, {}, bad_step).weights;
  for (const std::uint64_t stop : {1u, 2u, 3u, 4u, 5u, 9u, 10u, 11u, 12u}) {
    CAPTURE(truncation.k2, stop);
    const TemporaryDirectory folder;
    FitOptions fit{.checkpoint = {.path = folder / "c"}};
    auto first = options;
    first.budget = {.updates = stop};
    learn_with(first, truncation, what, fit, bad_step);
    fit.resume = folder / "c";
    CHECK((learn_with(options, truncation, what, fit, bad_step).weights == whole));
  }
}

TEST_CASE("streams that end where another batch follows are resumed without their past", "[trainer]") {
  struct Endings : StreamWindows {  // each second batch is the last of its streams
    using StreamWindows::StreamWindows;
    void read(std::size_t batch, BatchPart part, StreamBatch& to) const {
      StreamWindows::read(batch, part, to);
      to.last |= batch % 2 == 1;
    }
  };
  const auto tokens = text(201);
  const Truncation truncation = GENERATE(Truncation{4, 4}, Truncation{4, 12});
  const auto learn = [&](std::uint64_t updates, const FitOptions& fit) {
    Speller model;
    const auto loss = spelling_loss(model, truncation);
    Endings windows(tokens, 5, truncation);
    Trainer(model, {.budget = {.updates = updates}}).fit(windows, loss, fit);
    return weights(model);
  };
  const auto whole = learn(12, {});
  for (std::uint64_t stop = 1; stop < 6; ++stop) {
    const TemporaryDirectory folder;
    learn(stop, {.checkpoint = {.path = folder / "c"}});
    CHECK((learn(12, {.resume = folder / "c"}) == whole));
  }
}

TEST_CASE("an evaluation on the source that is learned from changes nothing of its order", "[trainer]") {
  const auto learn = [](bool judges) {
    Line model;
    auto source = points(4);
    const auto loss = loss_of(model);
    Trainer trainer(model, {.budget = {.updates = 35}});
    FitOptions fit{.evaluate_every = {.updates = 3}};
    if (judges) fit.validate = [&] { return trainer.measure(source, loss); };
    trainer.fit(source, loss, fit);
    return weights(model);
  };
  CHECK((learn(true) == learn(false)));
}
