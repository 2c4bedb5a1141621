#include "support/naive_optimizer.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/rmsprop.hpp>

#include <cmath>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// Graves 2013, eqs. 38-41, one number at a time; epsilon outside the root.
auto naive_rmsprop(double momentum, bool centered) {
  return [=, square = 0.0, mean = 0.0, velocity = 0.0](double x, double g) mutable {
    g += 0.05 * x;
    square = 0.9 * square + 0.1 * g * g;
    mean = 0.9 * mean + 0.1 * g;
    const double variance = centered ? square - mean * mean : square;
    velocity = momentum * velocity + g / (std::sqrt(variance) + 1e-2);
    return x - 0.05 * velocity;
  };
}

}  // namespace

TEMPLATE_TEST_CASE("rmsprop divides by the root of a running mean of squares, in all four forms", "", float, double) {
  for (const double momentum : {0.0, 0.7})
    for (const bool centered : {false, true}) {
      INFO("momentum " << momentum << ", centered " << centered);
      check_against_naive<TestType>(RmsProp<TestType>({.learning_rate = 0.05,
                                                       .decay = 0.9,
                                                       .epsilon = 1e-2,
                                                       .momentum = momentum,
                                                       .centered = centered,
                                                       .weight_decay = 0.05}),
                                    naive_rmsprop(momentum, centered));
    }
}

TEST_CASE("rmsprop by hand") {
  // mean square 0.25 * 16 = 4, then 0.75 * 4 + 0.25 * 4 = 4: steps of 4 / 2 and 2 / 2 rates
  CHECK(after_steps(RmsProp<double>({.learning_rate = 0.1, .decay = 0.75}), {4}) == Approx(0.8));
  CHECK(after_steps(RmsProp<double>({.learning_rate = 0.1, .decay = 0.75}), {4, 2}) == Approx(0.7));
  // centered: variance 4 - 1 = 3
  CHECK(after_steps(RmsProp<double>({.learning_rate = 0.1, .decay = 0.75, .centered = true}), {4})
        == Approx(1 - 0.4 / std::sqrt(3.0)));
}

TEST_CASE("centered rmsprop stays finite when rounding makes the variance of a constant gradient negative") {
  RmsProp<float> rmsprop({.decay = 0.5, .centered = true});
  SmallModel<float> model({64}, {0});
  const Parameters<float> parameters(model);
  for (int step = 0; step < 200; ++step) {
    set_gradient(model.weight, uniform<float>(Random(5), {64}, 1, 2));
    rmsprop.update(parameters);
  }
  for (const float number : model.weight.value()) CHECK(std::isfinite(number));
}

TEST_CASE("rmsprop comes close to the minimum of a quadratic") {
  // Its steps do not shrink with the gradient: it ends within about one rate.
  CHECK(distance_on_a_quadratic(RmsProp<double>({.learning_rate = 0.02})) < 0.02);
}

TEST_CASE("rmsprop refuses options outside their intervals") {
  CHECK_THROWS_AS(RmsProp<>({.decay = 1}), ArgumentError);
  CHECK_THROWS_WITH(RmsProp<>({.decay = 1}), "rmsprop: decay is 1, expected a number in [0, 1)");
  CHECK_THROWS_WITH(RmsProp<>({.momentum = -1}), "rmsprop: momentum is -1, expected a number in [0, 1)");
  CHECK_THROWS_WITH(RmsProp<>({.epsilon = 0}), "rmsprop: epsilon is 0, expected a number in [1e-30, 1e+30]");
}
