#include "support/catch.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <cmath>
#include <limits>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

TrainerOptions<> brief() { return {.optimizer = Adam<>({.learning_rate = 0.05}), .budget = {.updates = 20}}; }

}  // namespace

TEST_CASE("evaluations see the averaged weights, and updates their own") {
  const auto last_weights = [](double decay) {
    Line model;
    auto source = points();
    auto options = brief();
    options.average_decay = decay;
    std::vector<float> seen;
    Trainer(model, options).fit(source, loss_of(model), {.validate = [&] {
                                  seen = weights(model);
                                  return 1.;
                                }});
    CHECK((seen == weights(model)) == (decay == 0));
    return weights(model);
  };
  CHECK(last_weights(0) == last_weights(0.9));
}

TEST_CASE("noise on the weights is gone after each update, and the same for the same seed") {
  const auto train = [](double deviation) {
    Line model;
    auto source = points();
    auto options = brief();
    options.weight_noise = deviation;
    Trainer(model, options).fit(source, loss_of(model));
    return weights(model);
  };
  CHECK(train(0.1) == train(0.1));
  CHECK(train(0.1) != train(0));
  CHECK(std::abs(train(0.1)[0] - train(0)[0]) < 0.5);
}

TEST_CASE("a second fit goes on with the optimizer of the first") {
  Line once, twice;
  auto source = points();
  Trainer whole(once, {.budget = {.epochs = 2}});
  whole.fit(source, loss_of(once));
  struct SecondEpoch : decltype(points()) {
    void begin_epoch(const Random&) { decltype(points())::begin_epoch(Random(1).split(2).split(1)); }
  } second{points()};
  Trainer halves(twice, {.budget = {.epochs = 1}});
  halves.fit(source, loss_of(twice));
  halves.fit(second, loss_of(twice));
  CHECK(weights(once) == weights(twice));
}

TEST_CASE("options out of range are refused by their names") {
  Line model;
  auto source = points();
  const auto refuse = [&](auto&& change, const char* message) {
    auto options = brief();
    change(options);
    CHECK_THROWS_WITH(Trainer(model, options), Contains(message));
  };
  refuse([](auto& o) { o.budget = {}; }, "trainer: the budget has no limit");
  refuse([](auto& o) { o.budget = {.epochs = 0}; }, "trainer: budget.epochs is 0");
  refuse([](auto& o) { o.clip_norm = 0; }, "trainer: clip_norm is 0");
  refuse([](auto& o) { o.clip_norm = not_a_number; }, "trainer: clip_norm is nan");
  refuse([](auto& o) { o.accumulate = 0; }, "trainer: accumulate is 0");
  refuse([](auto& o) { o.parts = 0; }, "trainer: parts is 0");
  refuse([](auto& o) { o.average_decay = 1; }, "trainer: average_decay is 1");
  refuse([](auto& o) { o.weight_noise = -1; }, "trainer: weight_noise is -1");
  refuse([](auto& o) { o.warm_up = 1; }, "trainer: warm_up is 1");
  Trainer trainer(model, brief());
  CHECK_THROWS_WITH(trainer.fit(source, loss_of(model), {.patience = 2}), Contains("patience given without validate"));
  CHECK_THROWS_WITH(trainer.fit(source, loss_of(model), {.evaluate_every = {.seconds = -1}}),
                    Contains("fit: evaluate_every.seconds is -1"));
  CHECK_THROWS_WITH(trainer.fit(source, loss_of(model), {.save = [](const auto&) {}}),
                    Contains("save given without keep_best"));
  CHECK_THROWS_WITH(trainer.fit(source, loss_of(model), {.validate = [] { return not_a_number; }}),
                    Contains("the held-out loss is nan after 5 updates"));
}
