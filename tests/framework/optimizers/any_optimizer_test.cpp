#include "support/naive_optimizer.hpp"
#include "support/sign_rule.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/any_optimizer.hpp>

using namespace unroll;
using namespace unroll::testing;

static_assert(OptimizerFor<AnyOptimizer<float>, float>);

TEST_CASE("every optimizer is made from its name and moves a model") {
  for (const auto name : optimizer_names()) {
    INFO(name);
    const auto optimizer = make_optimizer<double>(name, {.learning_rate = 0.25});
    CHECK(optimizer.name() == (name == "nesterov" ? "sgd" : name));
    CHECK(optimizer.learning_rate() == 0.25);
    CHECK(after_steps(optimizer, {1}) < 1);
  }
}

TEST_CASE("what is not chosen keeps the optimizer's default") {
  CHECK(make_optimizer("rmsprop").learning_rate() == RmsProp<>().learning_rate());
  CHECK(make_optimizer("adamw").get_if<AdamW<>>()->options().weight_decay == 1e-2);
  CHECK(make_optimizer("adamw", {.weight_decay = 0.5}).get_if<AdamW<>>()->options().weight_decay == 0.5);
  const auto nesterov = make_optimizer("nesterov").get_if<Sgd<>>()->options();
  CHECK(nesterov.nesterov);
  CHECK(nesterov.momentum == 0.9);
  CHECK(make_optimizer("nesterov", {.momentum = 0.5}).get_if<Sgd<>>()->options().momentum == 0.5);
}

TEST_CASE("a chosen optimizer passes on groups, learning rates and state") {
  SmallModel<float> model;
  const Parameters<float> parameters(model);
  auto optimizer = make_optimizer(
      "sgd", {.learning_rate = 1, .momentum = 0.5, .groups = {{.prefix = "bias", .learning_rate_scale = 0.5}}});
  optimizer.bind(parameters);
  std::size_t tensors = 0;
  optimizer.for_each_state(
      [&](const std::string&, auto& kept) { tensors += !std::is_integral_v<std::remove_reference_t<decltype(kept)>>; });
  CHECK(tensors == 2);
  optimizer.set_learning_rate(0.25);
  const float before = model.bias.value()[0];
  set_gradient(model.bias, Tensor<float>({3}, 1));
  optimizer.update(parameters);
  CHECK(before - model.bias.value()[0] == Approx(0.125));
}

TEST_CASE("an unknown optimizer is refused with the names that there are") {
  CHECK_THROWS_AS(make_optimizer("Adam"), ArgumentError);
  CHECK_THROWS_WITH(make_optimizer("Adam"),
                    "optimizer: \"Adam\" is unknown, expected one of sgd, nesterov, adagrad, rmsprop, adam, adamw");
}

TEST_CASE("a momentum for an optimizer without one is refused, and numbers are checked") {
  CHECK_THROWS_WITH(make_optimizer("adam", {.momentum = 0.9}),
                    "adam: momentum 0.9 given, but it has none: only sgd, nesterov and rmsprop have one");
  CHECK_THROWS_WITH(make_optimizer("nesterov", {.momentum = 0}),
                    "sgd: nesterov is on and momentum is 0, expected a number in (0, 1)");
  CHECK_THROWS_WITH(make_optimizer("adam", {.learning_rate = -1}),
                    "adam: learning_rate is -1, expected a number in [0, infinity)");
}

namespace {}  // namespace

TEST_CASE("a rule of one's own is any optimizer, and a copy has a state of its own") {
  AnyOptimizer<double> optimizer = Optimizer<SignRule, double>({.learning_rate = 0.25});
  CHECK(optimizer.name() == "sign");
  CHECK(optimizer.get_if<Optimizer<SignRule, double>>() != nullptr);
  CHECK(optimizer.get_if<Adam<double>>() == nullptr);
  CHECK(after_steps(optimizer, {7}) == 0.75);
  std::map<std::string, double> settings;
  optimizer.for_each_setting([&](const std::string& name, double value) { settings[name] = value; });
  CHECK(settings == std::map<std::string, double>{{"weight_decay", 0}});
  SmallModel<double> model;
  const Parameters<double> parameters(model);
  AnyOptimizer<double> copy = optimizer;
  copy.bind(parameters);
  const auto count_state = [](AnyOptimizer<double>& of) {
    std::size_t count = 0;
    of.for_each_state([&](const std::string&, auto&) { ++count; });
    return count;
  };
  CHECK(count_state(copy) > 0);
  CHECK(count_state(optimizer) == 0);
  optimizer = Adam<double>();
  CHECK(optimizer.name() == "adam");
  CHECK(copy.name() == "sign");
}

TEST_CASE("what lacks a member is no optimizer") {
  STATIC_REQUIRE(CompleteOptimizer<Optimizer<SignRule, float>, float>);
  STATIC_REQUIRE(CompleteOptimizer<Adam<>, float>);
  STATIC_REQUIRE_FALSE(CompleteOptimizer<Adam<>, double>);
  STATIC_REQUIRE_FALSE(CompleteOptimizer<int, float>);
  STATIC_REQUIRE_FALSE(std::constructible_from<AnyOptimizer<>, SmallModel<float>>);
}
