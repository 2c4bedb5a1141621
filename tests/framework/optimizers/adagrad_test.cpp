#include "support/naive_optimizer.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/adagrad.hpp>

#include <cmath>

using namespace unroll;
using namespace unroll::testing;

TEMPLATE_TEST_CASE("adagrad divides by the root of all squares so far", "", float, double) {
  check_against_naive<TestType>(Adagrad<TestType>({.learning_rate = 0.1, .epsilon = 1e-3, .weight_decay = 0.05}),
                                [sum = 0.0](double x, double g) mutable {
                                  const double decayed = g + 0.05 * x;
                                  sum += decayed * decayed;
                                  return x - 0.1 * decayed / (std::sqrt(sum) + 1e-3);
                                });
}

TEST_CASE("adagrad by hand") {
  // The first step is the rate, whatever the gradient; the second 4 / sqrt(9 + 16) of it.
  CHECK(after_steps(Adagrad<double>({.learning_rate = 0.1}), {-3}) == Approx(1.1));
  CHECK(after_steps(Adagrad<double>({.learning_rate = 0.1}), {3, 4}) == Approx(1 - 0.1 - 0.1 * 4 / 5));
}

TEST_CASE("adagrad finds the minimum of a quadratic") {
  CHECK(distance_on_a_quadratic(Adagrad<double>({.learning_rate = 1})) < 1e-9);
}

TEST_CASE("a gradient of 0 leaves a number where it is under adagrad, not at NaN") {
  CHECK(after_steps(Adagrad<double>({.epsilon = 1e-30}), {0, 0}) == 1);
}

TEST_CASE("adagrad refuses an epsilon that a float would round to 0") {
  CHECK_THROWS_AS(Adagrad<>({.epsilon = 0}), ArgumentError);
  CHECK_THROWS_WITH(Adagrad<>({.epsilon = 0}), "adagrad: epsilon is 0, expected a number in [1e-30, 1e+30]");
}
