#include "support/catch.hpp"
#include "support/training_models.hpp"
#include <unroll/models/trainer/trainer.hpp>
#include <unroll/models/trainer/trainer_options.hpp>

using namespace unroll;
using namespace unroll::testing;

TEST_CASE("an optimizer and a schedule are given as they are made", "[trainer]") {
  const TrainerOptions<> options{.optimizer = Sgd<>({.learning_rate = 0.5}),
                                 .schedule = CosineSchedule({.learning_rate = 2})};
  CHECK(options.optimizer.name() == "sgd");
  CHECK(options.optimizer.learning_rate() == 0.5);
  REQUIRE(options.schedule);
  CHECK(options.schedule->name() == "cosine");
  CHECK(options.schedule->rate(0) == 2);
  CHECK(TrainerOptions<>().optimizer.name() == "adam");
  CHECK_FALSE(TrainerOptions<>().schedule);
}

TEST_CASE("an evaluation is a number, or a number and figures with names", "[trainer]") {
  const Evaluation plain = 0.5, more(0.25, {{"accuracy", 0.75}});
  CHECK(plain.loss == 0.5);
  CHECK(plain.figures.empty());
  CHECK(more.loss == 0.25);
  CHECK(more.figures.at(0).first == "accuracy");
}

TEST_CASE("options that nobody sets train for their budget, once per epoch judged, without a file", "[trainer]") {
  Line model;
  auto source = points();
  int judged = 0;
  const auto report = Trainer(model, {.budget = {.epochs = 3}}).fit(source, loss_of(model), {.validate = [&] {
                                                                      ++judged;
                                                                      return 1.;
                                                                    }});
  CHECK(judged == 3);
  CHECK(report.evaluations == 3);
  CHECK(report.best_loss == 1.);
  CHECK(report.best_update == 5);
  CHECK(report.signal == 0);
}
