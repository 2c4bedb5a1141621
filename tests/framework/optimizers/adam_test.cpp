#include "support/naive_optimizer.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/adam.hpp>

#include <cmath>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// Kingma and Ba 2015, algorithm 1, one number at a time.
struct NaiveAdam {
  double rate, beta_1, beta_2, epsilon;
  double first = 0, second = 0;
  int t = 0;
  double step(double g) {
    ++t;
    first = beta_1 * first + (1 - beta_1) * g;
    second = beta_2 * second + (1 - beta_2) * g * g;
    const double unbiased_first = first / (1 - std::pow(beta_1, t)),
                 unbiased_second = second / (1 - std::pow(beta_2, t));
    return rate * unbiased_first / (std::sqrt(unbiased_second) + epsilon);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("adam follows algorithm 1, with weight decay added to the gradient", "", float, double) {
  check_against_naive<TestType>(
      Adam<TestType>({.learning_rate = 0.01, .beta_1 = 0.8, .beta_2 = 0.99, .epsilon = 1e-3, .weight_decay = 0.05}),
      [adam = NaiveAdam{0.01, 0.8, 0.99, 1e-3}](double x, double g) mutable { return x - adam.step(g + 0.05 * x); });
}

TEMPLATE_TEST_CASE("adamw shrinks the value first, apart from the moments", "", float, double) {
  check_against_naive<TestType>(
      AdamW<TestType>({.learning_rate = 0.01, .beta_1 = 0.8, .beta_2 = 0.99, .epsilon = 1e-3, .weight_decay = 0.5}),
      [adam = NaiveAdam{0.01, 0.8, 0.99, 1e-3}](double x, double g) mutable {
        return x * (1 - 0.01 * 0.5) - adam.step(g);
      });
}

TEST_CASE("adam by hand") {
  // Bias correction makes the first step the rate, whatever the size of the gradient.
  CHECK(after_steps(Adam<double>({.learning_rate = 0.1, .epsilon = 1e-15}), {1e-4}) == Approx(0.9));
  CHECK(after_steps(Adam<double>({.learning_rate = 0.1, .epsilon = 1e-15}), {-1e4}) == Approx(1.1));
  // beta_1 = beta_2 = 1/2 and gradients 1, 3: m = (1/4 + 3/2) / (3/4) = 7/3, s = (1/4 + 9/2) / (3/4) = 19/3
  CHECK(after_steps(Adam<double>({.learning_rate = 0.1, .beta_1 = 0.5, .beta_2 = 0.5, .epsilon = 1e-15}), {1, 3})
        == Approx(1 - 0.1 - 0.1 * (7. / 3) / std::sqrt(19. / 3)));
  // epsilon is added to the root: |g| = epsilon halves the first step
  CHECK(after_steps(Adam<double>({.learning_rate = 0.1, .epsilon = 1e-3}), {1e-3}) == Approx(0.95));
}

TEST_CASE("a float adam knows 1 - beta_2 to float's precision") {
  // With 1 - 0.999f instead, the first step would be 2e-5 too short.
  SmallModel<float> model({1}, {0});
  model.weight.mutable_value()[0] = 0;
  Adam<float> adam({.learning_rate = 1, .epsilon = 1e-12});
  set_gradient(model.weight, Tensor<float>({1}, 1.f));
  adam.update(Parameters<float>(model));
  CHECK(model.weight.value()[0] == Approx(-1).epsilon(5e-7));
}

TEST_CASE("adam finds the minimum of a quadratic") {
  CHECK(distance_on_a_quadratic(Adam<double>({.learning_rate = 0.1})) < 1e-3);
  CHECK(distance_on_a_quadratic(AdamW<double>({.learning_rate = 0.1, .weight_decay = 0})) < 1e-3);
}

TEST_CASE("the defaults are PyTorch's") {
  const auto adam = Adam<>().options();
  CHECK(adam.learning_rate == 1e-3);
  CHECK(adam.beta_1 == 0.9);
  CHECK(adam.beta_2 == 0.999);
  CHECK(adam.epsilon == 1e-8);
  CHECK(adam.weight_decay == 0);
  CHECK(AdamW<>().options().weight_decay == 1e-2);
}

TEST_CASE("adam and adamw refuse options outside their intervals") {
  CHECK_THROWS_AS(Adam<>({.beta_1 = 1}), ArgumentError);
  CHECK_THROWS_WITH(Adam<>({.beta_1 = 1}), "adam: beta_1 is 1, expected a number in [0, 1)");
  CHECK_THROWS_WITH(Adam<>({.beta_2 = 1.5}), "adam: beta_2 is 1.5, expected a number in [0, 1)");
  CHECK_THROWS_WITH(Adam<>({.epsilon = 0}), "adam: epsilon is 0, expected a number in [1e-30, 1e+30]");
  CHECK_THROWS_WITH(AdamW<>({.beta_1 = -0.5}), "adamw: beta_1 is -0.5, expected a number in [0, 1)");
}
