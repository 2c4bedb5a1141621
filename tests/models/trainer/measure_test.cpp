#include "support/catch.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/measure.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <limits>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

TEST_CASE("the measured loss is the mean over all items, however they are cut into batches and parts") {
  Line model;
  Trainer trainer(model, {.budget = {.epochs = 1}, .parts = 3});
  auto whole = points(40), pieces = points(7);
  const double expected = trainer.measure(whole, loss_of(model));
  CHECK(trainer.measure(pieces, loss_of(model)) == Approx(expected).epsilon(1e-5));
}

TEST_CASE("the measured loss of streams carries the state through an epoch, and forgets it at its end") {
  Speller model;
  const auto tokens = text(61);
  const auto loss = spelling_loss(model, {7, 7}), long_loss = spelling_loss(model, {20, 20});
  StreamWindows windows(tokens, 3, {7, 7}), whole(tokens, 3, {20, 20});
  Trainer trainer(model, {.budget = {.epochs = 1}, .parts = 2});
  const double measured = trainer.measure(windows, loss);
  CHECK(measured == Approx(trainer.measure(whole, long_loss)).epsilon(1e-5));
  CHECK(trainer.measure(windows, loss) == measured);
}

TEST_CASE("a loss may take noise, which is present in training and absent in measuring") {
  Line model;
  auto source = points();
  bool in_training = false, in_measuring = false, *seen = &in_training;
  const auto loss = [&](Tape<>& tape, const Points& batch, const Noise& noise) {
    *seen |= noise.has_value();
    return mean_squared_error(model(tape.constant(batch.inputs)), batch.targets);
  };
  Trainer trainer(model, {.budget = {.updates = 1}, .threads = 1});
  trainer.fit(source, loss);
  seen = &in_measuring;
  trainer.measure(source, loss);
  CHECK(in_training);
  CHECK(!in_measuring);
}

TEST_CASE("a source without items, and a loss that is not finite, cannot be measured") {
  Line model;
  struct Nothing {
    struct Batch {
      std::size_t count;
    };
    std::size_t batches() const { return 3; }
    void begin_epoch(const Random&) {}
    void read(std::size_t, BatchPart, Batch& to) const { to.count = 0; }
  } nothing;
  Trainer trainer(model, {.budget = {.epochs = 1}});
  const auto zero = [](Tape<>& tape, const Nothing::Batch&) { return tape.zeros({}); };
  CHECK_THROWS_WITH(trainer.measure(nothing, zero), Contains("measure: the source has no items"));
  CHECK_THROWS_WITH(trainer.fit(nothing, zero), Contains("fit: a batch has no items"));
  auto source = points();
  const auto infinite = [](Tape<>& tape, const Points&) {
    return tape.constant(Tensor<>({}, std::numeric_limits<float>::infinity()));
  };
  CHECK_THROWS_WITH(trainer.measure(source, infinite), Contains("measure: the loss is inf"));
}

TEST_CASE("the number of threads changes no bit of a measured loss") {
  Speller model;
  const auto tokens = text(301);
  const auto loss = spelling_loss(model, {7, 7});
  StreamWindows windows(tokens, 6, {7, 7});
  Team alone(1), several(3);
  const Measured one = measure(windows, loss, 5, alone), three = measure(windows, loss, 5, several);
  CHECK(one.items == 300);
  CHECK(one.loss == three.loss);
}
