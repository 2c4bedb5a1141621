#include "support/naive_optimizer.hpp"
#include <unroll/framework/optimizers/adagrad.hpp>
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/rmsprop.hpp>
#include <unroll/framework/optimizers/root_epsilon.hpp>
#include <unroll/framework/tensor/denormals.hpp>

using namespace unroll;
using namespace unroll::testing;

TEST_CASE("an epsilon is what it was given, unless squares that vanish would count more") {
  CHECK(detail::root_epsilon<float>(1e-8, 1 - 0.999) == 1e-8F);
  CHECK(detail::root_epsilon<double>(1e-30, 1 - 0.999) == 1e-30);
  CHECK(detail::root_epsilon<float>(1e-30, 1) == Approx(1.084e-19).epsilon(1e-3));
  CHECK(detail::root_epsilon<float>(1e-30, 0.01) == Approx(1.084e-18).epsilon(1e-3));
}

TEMPLATE_TEST_CASE("a gradient whose square vanishes moves no number by more than any other gradient", "", float,
                   double) {
  const FlushDenormals flush;  // as training does
  const auto expect_short = [](auto optimizer, double size) {
    SmallModel<TestType> model({2}, {1});
    const Parameters<TestType> parameters(model);
    const double before = static_cast<double>(model.weight.value()[0]);
    for (int step = 0; step < 3; ++step) {
      set_gradient(model.weight, Tensor<TestType>({2}, static_cast<TestType>(size)));
      optimizer.update(parameters);
    }
    const double moved = before - static_cast<double>(model.weight.value()[0]);
    CAPTURE(optimizer.name, size, moved);
    CHECK(moved >= 0);
    CHECK(moved < 40 * 0.01);  // RMSprop's first step is as long as 10 of Adam's
  };
  for (const double size : {1e-10, 1e-17, 3e-18, 1e-18, 1e-19, 1e-20, 1e-25, 1e-30, 1e-36}) {
    expect_short(Adam<TestType>({.learning_rate = 0.01, .epsilon = 1e-30}), size);
    expect_short(AdamW<TestType>({.learning_rate = 0.01, .epsilon = 1e-30, .weight_decay = 0}), size);
    expect_short(Adagrad<TestType>({.learning_rate = 0.01, .epsilon = 1e-30}), size);
    for (const bool centered : {false, true})
      expect_short(RmsProp<TestType>({.learning_rate = 0.01, .decay = 0.99, .epsilon = 1e-30, .centered = centered}),
                   size);
  }
}
