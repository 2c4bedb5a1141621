#include "support/naive_optimizer.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/sgd.hpp>

using namespace unroll;
using namespace unroll::testing;

TEMPLATE_TEST_CASE("plain sgd moves against the gradient, with weight decay added to it", "", float, double) {
  check_against_naive<TestType>(Sgd<TestType>({.learning_rate = 0.1, .weight_decay = 0.05}),
                                [](double x, double g) { return x - 0.1 * (g + 0.05 * x); });
}

TEMPLATE_TEST_CASE("sgd with momentum sums a velocity", "", float, double) {
  check_against_naive<TestType>(Sgd<TestType>({.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.05}),
                                [v = 0.0](double x, double g) mutable {
                                  v = 0.9 * v + (g + 0.05 * x);
                                  return x - 0.1 * v;
                                });
}

TEMPLATE_TEST_CASE("sgd with Nesterov's momentum looks one step ahead", "", float, double) {
  check_against_naive<TestType>(
      Sgd<TestType>({.learning_rate = 0.1, .momentum = 0.8, .nesterov = true, .weight_decay = 0.05}),
      [v = 0.0](double x, double g) mutable {
        const double decayed = g + 0.05 * x;
        v = 0.8 * v + decayed;
        return x - 0.1 * (decayed + 0.8 * v);
      });
}

TEST_CASE(
    "Nesterov's momentum is the gradient at the point where the velocity leads (Sutskever et al. 2013, eqs. 3-4)") {
  // With y the parameter and v' = mu v' - rate f'(y + mu v'), the optimizer's x is y + mu v'. Here f'(x) = x.
  const double rate = 0.1, momentum = 0.8;
  double y = 1, velocity = 0;
  SmallModel<double> model({1}, {0});
  model.weight.mutable_value()[0] = 1;
  const Parameters<double> parameters(model);
  Sgd<double> sgd({.learning_rate = rate, .momentum = momentum, .nesterov = true});
  for (int step = 0; step < 6; ++step) {
    velocity = momentum * velocity - rate * (y + momentum * velocity);
    y += velocity;
    set_gradient(model.weight, model.weight.value());
    sgd.update(parameters);
    CHECK(model.weight.value()[0] == Approx(y + momentum * velocity).epsilon(1e-13));
  }
}

TEST_CASE("sgd by hand") {
  // 1 - 0.5 * 2 = 0;  velocity 2, then 0.5 * 2 + 4 = 5: 1 - 0.1 * 2 - 0.1 * 5 = 0.3
  CHECK(after_steps(Sgd<double>({.learning_rate = 0.5}), {2}) == Approx(0).margin(1e-15));
  CHECK(after_steps(Sgd<double>({.learning_rate = 0.1, .momentum = 0.5}), {2, 4}) == Approx(0.3));
  // Nesterov: 1 - 0.1 (2 + 0.5 * 2) = 0.7
  CHECK(after_steps(Sgd<double>({.learning_rate = 0.1, .momentum = 0.5, .nesterov = true}), {2}) == Approx(0.7));
}

TEST_CASE("sgd finds the minimum of a quadratic") {
  CHECK(distance_on_a_quadratic(Sgd<double>({.learning_rate = 0.05})) < 1e-9);
  CHECK(distance_on_a_quadratic(Sgd<double>({.learning_rate = 0.05, .momentum = 0.8})) < 1e-9);
  CHECK(distance_on_a_quadratic(Sgd<double>({.learning_rate = 0.05, .momentum = 0.8, .nesterov = true})) < 1e-9);
}

TEST_CASE("sgd refuses options outside their intervals") {
  CHECK_THROWS_AS(Sgd<>({.momentum = 1}), ArgumentError);
  CHECK_THROWS_WITH(Sgd<>({.momentum = 1}), "sgd: momentum is 1, expected a number in [0, 1)");
  CHECK_THROWS_WITH(Sgd<>({.momentum = -0.1}), "sgd: momentum is -0.1, expected a number in [0, 1)");
  CHECK_THROWS_WITH(Sgd<>({.nesterov = true}), "sgd: nesterov is on and momentum is 0, expected a number in (0, 1)");
}
