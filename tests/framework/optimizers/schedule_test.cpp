#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/schedule.hpp>

#include <cmath>
#include <limits>
#include <string>

using namespace unroll;

namespace {
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
}

TEST_CASE("a constant schedule stays where it is") {
  const ConstantSchedule schedule({.learning_rate = 0.25});
  CHECK(schedule.rate(0) == 0.25);
  CHECK(schedule.rate(1) == 0.25);
}

TEST_CASE("a step schedule falls by its factor after every interval, not before") {
  const StepSchedule schedule({.learning_rate = 8, .factor = 0.5, .interval = 0.25});
  CHECK(schedule.rate(0) == 8);
  CHECK(schedule.rate(0.2499) == 8);
  CHECK(schedule.rate(0.25) == 4);
  CHECK(schedule.rate(0.75) == 1);
  CHECK(StepSchedule({.learning_rate = 8, .factor = 0.5, .interval = 0.1}).rate(0.3) == 1);  // 0.3 / 0.1 < 3
}

TEST_CASE("a cosine schedule falls along half a cosine") {
  const CosineSchedule schedule({.learning_rate = 1, .final_rate = 0.5});
  CHECK(schedule.rate(0) == 1);
  CHECK(schedule.rate(1. / 3) == Approx(0.875));  // cos 60° = 1/2
  CHECK(schedule.rate(0.5) == Approx(0.75));
  CHECK(schedule.rate(2. / 3) == Approx(0.625));
  CHECK(schedule.rate(1) == Approx(0.5));
}

TEST_CASE("progress beyond the budget counts as its end; progress that is no number is refused") {
  const CosineSchedule cosine({.learning_rate = 1, .final_rate = 0.5});
  CHECK(cosine.rate(1.02) == cosine.rate(1));
  const WarmUp warm_up(cosine);
  CHECK(warm_up.rate(1.02) == cosine.rate(1));
  CHECK_THROWS_AS(cosine.rate(-0.1), ArgumentError);
  CHECK_THROWS_WITH(cosine.rate(-0.1), "schedule: progress is -0.1, expected a number in [0, infinity]");
  CHECK_THROWS_AS(cosine.rate(not_a_number), ArgumentError);
  CHECK_THROWS_AS(warm_up.rate(-1), ArgumentError);
  CHECK_THROWS_AS(ConstantSchedule({}).rate(-1), ArgumentError);
  CHECK_THROWS_AS(StepSchedule({}).rate(-1), ArgumentError);
  CHECK_THROWS_AS(PlateauSchedule({}).rate(-1), ArgumentError);
}

TEST_CASE("warm-up rises in a straight line, then the other schedule has the rest of the budget") {
  const CosineSchedule cosine({.learning_rate = 1});
  const WarmUp schedule(cosine, {.fraction = 0.2});
  CHECK(schedule.rate(0) == Approx(0.01));  // the first update moves something
  CHECK(schedule.rate(0.05) == Approx(0.25));
  CHECK(schedule.rate(0.1) == Approx(0.5));
  CHECK(schedule.rate(0.2) == Approx(1));
  CHECK(schedule.rate(0.6) == Approx(cosine.rate(0.5)));
  CHECK(schedule.rate(1) == Approx(0).margin(1e-15));
  CHECK(WarmUp(cosine, {.fraction = 0}).rate(0) == 1);
}

TEST_CASE("on a plateau the rate falls after more than `patience` observations without progress") {
  PlateauSchedule schedule({.learning_rate = 1, .factor = 0.5, .patience = 2});
  CHECK_FALSE(schedule.observe(3));
  CHECK_FALSE(schedule.observe(3));
  CHECK_FALSE(schedule.observe(4));
  CHECK(schedule.rate(0.5) == 1);
  CHECK(schedule.observe(3));
  CHECK(schedule.rate(0.5) == 0.5);
  // The count begins anew, and a better loss ends it.
  CHECK_FALSE(schedule.observe(3));
  CHECK_FALSE(schedule.observe(3));
  CHECK_FALSE(schedule.observe(2));
  CHECK_FALSE(schedule.observe(3));
  CHECK_FALSE(schedule.observe(3));
  CHECK(schedule.observe(3));
  CHECK(schedule.rate(0.5) == 0.25);
}

TEST_CASE("progress on a plateau is more than the threshold, for losses of either sign, and the final rate holds") {
  PlateauSchedule schedule({.learning_rate = 1, .factor = 0.5, .patience = 0, .threshold = 0.1, .final_rate = 0.4});
  schedule.observe(10);
  CHECK(schedule.observe(9.5));  // less than a tenth better
  CHECK(schedule.rate(0) == 0.5);
  CHECK_FALSE(schedule.observe(8.9));
  CHECK_FALSE(schedule.observe(-10));
  CHECK(schedule.observe(-10.5));
  CHECK(schedule.rate(0) == 0.4);
  CHECK_FALSE(schedule.observe(-10.5));  // it can fall no more
  CHECK(schedule.rate(0) == 0.4);
  CHECK_FALSE(schedule.observe(-11.5));
}

TEST_CASE("a plateau schedule refuses a loss that is not finite") {
  PlateauSchedule schedule({});
  CHECK_THROWS_AS(schedule.observe(not_a_number), NumericalError);
  CHECK_THROWS_WITH(schedule.observe(std::numeric_limits<double>::infinity()),
                    "plateau schedule: the loss observed is inf, expected a finite number (has training diverged?)");
}

TEST_CASE("a plateau schedule given the state of another goes on as that one does") {
  auto schedule = make_schedule("plateau", 1, {.factor = 0.5, .patience = 1});
  schedule.observe(1);
  schedule.observe(1);
  schedule.observe(1);
  schedule.observe(1);
  std::vector<double> kept;
  schedule.for_each_state([&](const char*, auto& value) { kept.push_back(static_cast<double>(value)); });
  CHECK(kept == std::vector<double>{0.5, 1, 1});
  auto resumed = make_schedule("plateau", 1, {.factor = 0.5, .patience = 1});
  std::size_t i = 0;
  resumed.for_each_state(
      [&](const char*, auto& value) { value = static_cast<std::remove_reference_t<decltype(value)>>(kept[i++]); });
  CHECK(resumed.rate(0) == 0.5);
  CHECK(resumed.observe(1));
  CHECK(resumed.rate(0) == 0.25);
}

TEST_CASE("every schedule is made from its name, with its own settings") {
  for (const auto name : schedule_names()) {
    INFO(name);
    auto schedule = make_schedule(name, 0.5);
    CHECK(schedule.rate(0) == 0.5);
    CHECK_FALSE(schedule.observe(1));
  }
  CHECK(make_schedule("constant", 0.5, {.warm_up = 0.5}).rate(0.25) == 0.25);
  CHECK(make_schedule("cosine", 0.5, {.final_rate = 0.25}).rate(1) == Approx(0.25));
  CHECK(make_schedule("step", 0.5, {.factor = 0.5, .interval = 0.5}).rate(0.5) == 0.25);
  auto plateau = make_schedule("plateau", 0.5, {.final_rate = 0.4, .factor = 0.5, .patience = 0});
  plateau.observe(1);
  CHECK(plateau.observe(1));
  CHECK(plateau.rate(0) == 0.4);
}

TEST_CASE("an unknown schedule is refused with the names that there are") {
  CHECK_THROWS_AS(make_schedule("linear", 1), ArgumentError);
  CHECK_THROWS_WITH(make_schedule("linear", 1),
                    "schedule: \"linear\" is unknown, expected one of constant, step, cosine, plateau");
}

TEST_CASE("a setting that a schedule does not have is refused") {
  CHECK_THROWS_AS(make_schedule("constant", 1, {.final_rate = 0.5}), ArgumentError);
  CHECK_THROWS_WITH(make_schedule("constant", 1, {.final_rate = 0.5}),
                    "constant schedule: final_rate 0.5 given, but it has none");
  CHECK_THROWS_WITH(make_schedule("cosine", 1, {.factor = 0.5}), "cosine schedule: factor 0.5 given, but it has none");
  CHECK_THROWS_WITH(make_schedule("plateau", 1, {.interval = 0.5}),
                    "plateau schedule: interval 0.5 given, but it has none");
  CHECK_THROWS_WITH(make_schedule("step", 1, {.patience = 3}), "step schedule: patience 3 given, but it has none");
}

TEST_CASE("schedules refuse options outside their intervals") {
  CHECK_THROWS_AS(ConstantSchedule({.learning_rate = -1}), ArgumentError);
  CHECK_THROWS_WITH(ConstantSchedule({.learning_rate = not_a_number}),
                    "constant schedule: learning_rate is nan, expected a number in [0, infinity)");
  CHECK_THROWS_WITH(StepSchedule({.learning_rate = -1}),
                    "step schedule: learning_rate is -1, expected a number in [0, infinity)");
  CHECK_THROWS_WITH(StepSchedule({.factor = 0}), "step schedule: factor is 0, expected a number in (0, 1]");
  CHECK_THROWS_WITH(StepSchedule({.interval = 2}), "step schedule: interval is 2, expected a number in (0, 1]");
  CHECK_THROWS_WITH(CosineSchedule({.learning_rate = -1}),
                    "cosine schedule: learning_rate is -1, expected a number in [0, infinity)");
  CHECK_THROWS_WITH(CosineSchedule({.learning_rate = 1, .final_rate = 2}),
                    "cosine schedule: final_rate is 2, expected a number in [0, 1]");
  CHECK_THROWS_WITH(PlateauSchedule({.learning_rate = -1}),
                    "plateau schedule: learning_rate is -1, expected a number in [0, infinity)");
  CHECK_THROWS_WITH(PlateauSchedule({.factor = 1}), "plateau schedule: factor is 1, expected a number in (0, 1)");
  CHECK_THROWS_WITH(PlateauSchedule({.threshold = 1}), "plateau schedule: threshold is 1, expected a number in [0, 1)");
  CHECK_THROWS_WITH(PlateauSchedule({.learning_rate = 1, .final_rate = -1}),
                    "plateau schedule: final_rate is -1, expected a number in [0, 1]");
  CHECK_THROWS_WITH(WarmUp(ConstantSchedule({}), {.fraction = 1}),
                    "warm_up: fraction is 1, expected a number in [0, 1)");
}
