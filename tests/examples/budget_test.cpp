#include "character_model/budget.hpp"

#include "support/catch.hpp"

using namespace character_model;

TEST_CASE("the budget that is nearest to its end counts") {
  const Spent spent{.epochs = 1, .characters = 300, .seconds = 60};
  CHECK(fraction_spent({}, spent) == 0);
  CHECK(fraction_spent({.epochs = 4}, spent) == 0.25);
  CHECK(fraction_spent({.characters = 300}, spent) == 1);
  CHECK(fraction_spent({.minutes = 0.5}, spent) == 2);
  CHECK(fraction_spent({.epochs = 4, .characters = 600, .minutes = 10}, spent) == 0.5);
}
