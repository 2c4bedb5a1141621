#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/training_amount.hpp>

#include <limits>

using namespace unroll;
using Catch::Contains;

TEST_CASE("the first limit that is reached decides how much of an amount is spent") {
  const TrainingAmount amount{.epochs = 10, .updates = 100, .items = 1000, .seconds = 60};
  CHECK(fraction_of(amount, {}) == 0);
  CHECK(fraction_of(amount, {.epochs = 5, .updates = 10, .items = 10, .seconds = 6}) == 0.5);
  CHECK(fraction_of(amount, {.epochs = 1, .updates = 90}) == 0.9);
  CHECK(fraction_of(amount, {.items = 1000}) == 1);
  CHECK(fraction_of(amount, {.seconds = 120}) == 2);
  CHECK(fraction_of({}, {.epochs = 5}) == 0);
  CHECK(TrainingAmount{}.empty());
  CHECK(!amount.empty());
}

TEST_CASE("what was spent since an earlier time is a difference") {
  const TrainingSpent spent = TrainingSpent{3, 30, 300, 9}.since({1, 10, 100, 4});
  CHECK(spent.epochs == 2);
  CHECK(spent.updates == 20);
  CHECK(spent.items == 200);
  CHECK(spent.seconds == 5);
}

TEST_CASE("a limit that is not above 0 is refused by its name") {
  CHECK_NOTHROW(expect_amount("fit", "budget", {.epochs = 0.1, .updates = 1, .items = 1, .seconds = 1e-9}));
  CHECK_THROWS_WITH(expect_amount("fit", "budget", {.epochs = 0}), Contains("fit: budget.epochs is 0"));
  CHECK_THROWS_WITH(expect_amount("fit", "budget", {.epochs = -1}), Contains("budget.epochs is -1"));
  CHECK_THROWS_WITH(expect_amount("fit", "budget", {.updates = 0}), Contains("budget.updates is 0"));
  CHECK_THROWS_WITH(expect_amount("fit", "budget", {.items = 0}), Contains("budget.items is 0"));
  CHECK_THROWS_AS(expect_amount("fit", "every", {.seconds = std::numeric_limits<double>::quiet_NaN()}), ArgumentError);
}
