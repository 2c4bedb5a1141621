#include "support/naive_optimizer.hpp"
#include "support/sign_rule.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/adagrad.hpp>
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>
#include <unroll/framework/optimizers/rmsprop.hpp>
#include <unroll/framework/optimizers/sgd.hpp>
#include <unroll/framework/threads/team.hpp>

#include <cmath>
#include <limits>
#include <map>

using namespace unroll;
using namespace unroll::testing;

namespace {

struct TwoModels {
  SmallModel<float> encoder, decoder;
  static void members(auto& self, auto&& visit) {
    visit("encoder", self.encoder);
    visit("decoder", self.decoder);
  }
};

/// Gives every parameter a gradient of ones, updates once, and returns how far the first number of each moved.
std::map<std::string, float> moves(auto& optimizer, const Parameters<float>& parameters) {
  std::map<std::string, float> result;
  for (const auto& [name, parameter] : parameters) {
    set_gradient(*parameter, Tensor<float>(parameter->shape(), 1));
    result[name] = parameter->value()[0];
  }
  optimizer.update(parameters);
  for (const auto& [name, parameter] : parameters) result[name] -= parameter->value()[0];
  return result;
}

static_assert(OptimizerFor<Adam<float>, float> && OptimizerFor<Sgd<double>, double>);
static_assert(OptimizerFor<Optimizer<SignRule, float>, float>);

}  // namespace

TEST_CASE("a rule of one's own becomes an optimizer") {
  Optimizer<SignRule, double> sign({.learning_rate = 0.25});
  CHECK(after_steps(sign, {3, -1e-9, 7}) == 0.75);
}

TEST_CASE("an update moves what has a gradient, zeroes it, and raises the version") {
  SmallModel<float> model;
  const Parameters<float> parameters(model);
  const auto bias = model.bias.value();
  const auto version = model.weight.version();
  set_gradient(model.weight, Tensor<float>({2, 3}, 1));
  Sgd<> sgd({.learning_rate = 0.5});
  sgd.update(parameters);
  CHECK(model.weight.gradient() == Tensor<float>({2, 3}));
  CHECK(model.weight.version() > version);
  CHECK(model.bias.value() == bias);
  CHECK_FALSE(model.bias.has_gradient());
}

TEST_CASE("a frozen parameter and its gradient are left as they are, until it is thawed") {
  SmallModel<float> model;
  const Parameters<float> parameters(model);
  model.weight.frozen = true;
  const auto weight = model.weight.value();
  const auto version = model.weight.version();
  Adam<> adam({.learning_rate = 0.5});
  CHECK(moves(adam, parameters)["bias"] == Approx(0.5));
  CHECK(model.weight.value() == weight);
  CHECK(model.weight.version() == version);
  CHECK(model.weight.gradient() == Tensor<float>({2, 3}, 1));
  model.weight.frozen = false;
  // Its own count of steps begins now: bias correction makes this first step the whole rate.
  CHECK(moves(adam, parameters)["weight"] == Approx(0.5));
}

TEST_CASE("the learning rate may change between steps") {
  SmallModel<float> model;
  const Parameters<float> parameters(model);
  Sgd<> sgd({.learning_rate = 0.5});
  CHECK(moves(sgd, parameters)["weight"] == Approx(0.5));
  sgd.set_learning_rate(0.125);
  CHECK(sgd.learning_rate() == 0.125);
  CHECK(moves(sgd, parameters)["weight"] == Approx(0.125));
  CHECK_THROWS_WITH(sgd.set_learning_rate(-1), "sgd: learning_rate is -1, expected a number in [0, infinity)");
  CHECK(sgd.learning_rate() == 0.125);
}

TEST_CASE("a parameter follows the group with the longest prefix of its name") {
  TwoModels model;
  const Parameters<float> parameters(model);
  Sgd<> sgd({.learning_rate = 1,
             .groups = {{.prefix = "encoder.bias", .learning_rate_scale = 0.25},
                        {.prefix = "", .learning_rate_scale = 0.75},
                        {.prefix = "encoder", .learning_rate_scale = 0.5}}});
  auto moved = moves(sgd, parameters);
  CHECK(moved["encoder.weight"] == Approx(0.5));
  CHECK(moved["encoder.bias"] == Approx(0.25));
  CHECK(moved["decoder.weight"] == Approx(0.75));
  CHECK(moved["decoder.bias"] == Approx(0.75));
}

TEST_CASE("a group has its own weight decay, or the optimizer's") {
  TwoModels model;
  const Parameters<float> parameters(model);
  for (const auto& [name, parameter] : parameters) parameter->mutable_value()[0] = 1;
  Sgd<> sgd({.learning_rate = 0.5,
             .weight_decay = 0.5,
             .groups = {{.prefix = "encoder.weight", .weight_decay = 0.0},
                        {.prefix = "encoder.bias", .weight_decay = 0.25},
                        {.prefix = "decoder.weight", .learning_rate_scale = 2}}});
  auto moved = moves(sgd, parameters);
  CHECK(moved["encoder.weight"] == Approx(0.5));
  CHECK(moved["encoder.bias"] == Approx(0.5 * 1.25));
  CHECK(moved["decoder.weight"] == Approx(1 * 1.5));
  CHECK(moved["decoder.bias"] == Approx(0.5 * 1.5));
}

TEST_CASE("a group whose prefix fits no parameter is refused with the names that there are") {
  TwoModels model;
  const Parameters<float> parameters(model);
  Adam<> adam({.groups = {{.prefix = "enc"}}});  // a part of a name is not a prefix of it
  CHECK_THROWS_AS(adam.update(parameters), ArgumentError);
  CHECK_THROWS_WITH(adam.update(parameters),
                    "adam: the group \"enc\" fits no parameter; there are encoder.weight, encoder.bias, "
                    "decoder.weight, decoder.bias");
}

TEST_CASE("settings that no optimizer accepts are refused with their range") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  CHECK_NOTHROW(Adam<>({.learning_rate = 0}));
  CHECK_THROWS_AS(Adam<>({.learning_rate = nan}), ArgumentError);
  CHECK_THROWS_WITH(Adam<>({.learning_rate = nan}), "adam: learning_rate is nan, expected a number in [0, infinity)");
  CHECK_THROWS_WITH(Adam<>({.learning_rate = infinity}),
                    "adam: learning_rate is inf, expected a number in [0, infinity)");
  CHECK_THROWS_WITH(Adam<>({.weight_decay = -1}), "adam: weight_decay is -1, expected a number in [0, infinity)");
  CHECK_THROWS_WITH(Adam<>({.groups = {{.prefix = "a", .learning_rate_scale = -1}}}),
                    "adam: learning_rate_scale of group \"a\" is -1, expected a number in [0, infinity)");
  CHECK_THROWS_WITH(Adam<>({.groups = {{.prefix = "a", .weight_decay = nan}}}),
                    "adam: weight_decay of group \"a\" is nan, expected a number in [0, infinity)");
  CHECK_THROWS_WITH(Adam<>({.groups = {{.prefix = "a"}, {.prefix = "a"}}}), "adam: the group \"a\" is given twice");
}

TEST_CASE("an optimizer refuses to work without parameters") {
  Adam<> adam;
  CHECK_THROWS_AS(adam.update(Parameters<float>()), ArgumentError);
  CHECK_THROWS_WITH(adam.update(Parameters<float>()), "adam: no parameters given, expected those of a model");
}

TEST_CASE("an optimizer refuses another model, and changes nothing of it") {
  const std::string cause = " (was another model, or one that has changed since, given to the same optimizer?)";
  SmallModel<float> first, other({2, 3}, {4});
  TwoModels larger;
  Adam<> adam;
  adam.update(Parameters<float>(first));
  const auto weight = other.weight.value();
  set_gradient(other.weight, Tensor<float>({2, 3}, 1));
  CHECK_THROWS_AS(adam.update(Parameters<float>(other)), ArgumentError);
  CHECK_THROWS_WITH(adam.update(Parameters<float>(other)),
                    "adam: parameter 1 is bias [4], expected bias [3] as in the first update" + cause);
  CHECK_THROWS_WITH(adam.update(Parameters<float>(larger)),
                    "adam: 4 parameters given, expected the 2 of the first update" + cause);
  CHECK(other.weight.value() == weight);
  CHECK(other.weight.gradient() == Tensor<float>({2, 3}, 1));
}

TEST_CASE("an optimizer accepts a copy of its model: names and shapes count, not addresses") {
  SmallModel<float> model;
  Adam<> adam;
  adam.update(Parameters<float>(model));
  SmallModel<float> copy = model;
  CHECK_NOTHROW(adam.update(Parameters<float>(copy)));
}

namespace {

/// Everything that an optimizer remembers, by name.
struct Memory {
  std::map<std::string, std::uint64_t> counts;
  std::map<std::string, Tensor<float>> tensors;
  void operator()(const std::string& name, std::uint64_t& count) { counts[name] = count; }
  void operator()(const std::string& name, Tensor<float>& tensor) { tensors[name] = tensor; }
};

}  // namespace

TEST_CASE("a new optimizer given the state of another goes on as that one does, bit by bit") {
  SmallModel<float> model;
  const Parameters<float> parameters(model);
  Adam<> adam({.learning_rate = 0.1});
  for (int step = 0; step < 3; ++step) moves(adam, parameters);
  Memory memory;
  adam.for_each_state(memory);
  CHECK(memory.counts.at("weight.steps") == 3);
  CHECK(memory.tensors.at("bias.second_moment").shape() == Shape{3});
  CHECK(memory.tensors.size() == 4);

  SmallModel<float> copy = model;
  const Parameters<float> copied(copy);
  Adam<> resumed({.learning_rate = 0.1});
  resumed.bind(copied);
  resumed.for_each_state([&](const std::string& name, auto& kept) {
    if constexpr (std::is_same_v<decltype(kept), std::uint64_t&>)
      kept = memory.counts.at(name);
    else
      kept = memory.tensors.at(name);
  });
  moves(adam, parameters);
  moves(resumed, copied);
  CHECK(copy.weight.value() == model.weight.value());
  CHECK(copy.bias.value() == model.bias.value());
}

namespace {

/// What an update may change: values and all that the optimizer keeps.
template <class Optimizer, class Scalar>
std::vector<double> everything(Optimizer& optimizer, const Parameters<Scalar>& parameters) {
  std::vector<double> all;
  for (const auto& [name, parameter] : parameters)
    all.insert(all.end(), parameter->value().begin(), parameter->value().end());
  optimizer.for_each_state([&](const std::string&, auto& kept) {
    if constexpr (std::is_same_v<decltype(kept), std::uint64_t&>)
      all.push_back(static_cast<double>(kept));
    else
      all.insert(all.end(), kept.begin(), kept.end());
  });
  return all;
}

/// Calls `test(optimizer)` for every kind of optimizer that keeps something.
template <class Scalar>
void for_each_optimizer(auto&& test) {
  test(Sgd<Scalar>({.learning_rate = 0.1, .momentum = 0.9}));
  test(Sgd<Scalar>({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}));
  test(Adagrad<Scalar>({.learning_rate = 0.1, .weight_decay = 0.5}));
  test(RmsProp<Scalar>({.learning_rate = 0.1, .weight_decay = 0.5}));
  test(RmsProp<Scalar>({.learning_rate = 0.1, .momentum = 0.5, .centered = true}));
  test(Adam<Scalar>({.learning_rate = 0.1, .weight_decay = 0.5}));
  test(AdamW<Scalar>({.learning_rate = 0.1, .weight_decay = 0.5}));
}

}  // namespace

TEMPLATE_TEST_CASE("a parameter that got no gradient since the last update neither moves nor ages", "", float, double) {
  for_each_optimizer<TestType>([](auto optimizer) {
    INFO(optimizer.name);
    SmallModel<TestType> model;
    const Parameters<TestType> parameters(model);
    set_gradient(model.weight, Tensor<TestType>({2, 3}, TestType(1)));
    set_gradient(model.bias, Tensor<TestType>({3}, TestType(1)));
    optimizer.update(parameters);
    const auto before = model.bias.value();
    std::uint64_t steps = 0;
    const auto read_steps = [&](const std::string& name, auto& kept) {
      if constexpr (std::is_same_v<decltype(kept), std::uint64_t&>)
        if (name == "bias.steps") steps = kept;
    };
    set_gradient(model.weight, Tensor<TestType>({2, 3}, TestType(1)));
    optimizer.update(parameters);
    CHECK(model.bias.value() == before);
    optimizer.for_each_state(read_steps);
    CHECK(steps == 1);

    model.bias.add_gradient(Tensor<TestType>({3}));  // zeros are a gradient
    optimizer.update(parameters);
    optimizer.for_each_state(read_steps);
    CHECK(steps == 2);
  });
}

TEST_CASE(
    "a module within the module that a loss does not use stays as it is, however the gradients of the rest come") {
  const bool added = GENERATE(false, true);
  CAPTURE(added);
  TwoModels model;
  const Parameters<float> parameters(model), rest(model.encoder);
  Adam<float> adam({.learning_rate = 0.1, .weight_decay = 0.5});
  Tape<float> tape;
  const auto learn = [&](bool all) {
    tape.clear();
    const auto of_encoder = sum(square(tape.use(model.encoder.weight))) + sum(tape.use(model.encoder.bias));
    const auto loss = all ? of_encoder + sum(tape.use(model.decoder.weight)) + sum(tape.use(model.decoder.bias))
                          : of_encoder + sum(tape.use(model.encoder.bias));
    if (added)
      tape.backward(loss), add_gradients(tape, parameters);
    else
      backward(loss, parameters);
  };
  learn(true);
  adam.update(parameters);
  const auto weight = model.decoder.weight.value(), bias = model.decoder.bias.value();

  learn(false);
  CHECK(model.decoder.weight.gradient_is_empty());
  const double norm_of_rest = gradient_norm(rest);
  CHECK(norm_of_rest > 0);
  CHECK(clip_gradient_norm(parameters, 1e-3).norm == norm_of_rest);
  adam.update(parameters);
  CHECK(model.decoder.weight.value() == weight);
  CHECK(model.decoder.bias.value() == bias);
  std::map<std::string, std::uint64_t> ages;
  adam.for_each_state([&](const std::string& name, auto& kept) {
    if constexpr (std::is_same_v<decltype(kept), std::uint64_t&>) ages[name] = kept;
  });
  CHECK(ages
        == std::map<std::string, std::uint64_t>{{"encoder.weight.steps", 2},
                                                {"encoder.bias.steps", 2},
                                                {"decoder.weight.steps", 1},
                                                {"decoder.bias.steps", 1}});
}

TEMPLATE_TEST_CASE("a gradient that what an optimizer keeps cannot hold is refused by name, and nothing changes", "",
                   float, double) {
  using Limits = std::numeric_limits<TestType>;
  for_each_optimizer<TestType>([](auto optimizer) {
    for (const TestType number : {Limits::max(), Limits::infinity(), Limits::quiet_NaN()}) {
      INFO(optimizer.name << ", " << number);
      SmallModel<TestType> model;
      const Parameters<TestType> parameters(model);
      auto fresh = optimizer;
      // A velocity of momentum 0.9 is full when it holds the largest number already.
      for (int step = 0; step < 2; ++step) {
        set_gradient(model.weight, Tensor<TestType>({2, 3}, TestType(1)));
        set_gradient(model.bias, Tensor<TestType>({3}, TestType(1)));
        fresh.update(parameters);
      }
      fresh.for_each_state([](const std::string& name, auto& kept) {
        if constexpr (!std::is_same_v<decltype(kept), std::uint64_t&>)
          if (name.ends_with("velocity")) std::fill(kept.begin(), kept.end(), Limits::max());
      });
      auto gradient = Tensor<TestType>({2, 3}, TestType(1));
      gradient[4] = number;
      set_gradient(model.weight, gradient);
      set_gradient(model.bias, Tensor<TestType>({3}, TestType(1)));
      const auto before = everything(fresh, parameters);
      CHECK_THROWS_WITH(fresh.update(parameters),
                        Catch::Contains("the gradient of weight[1, 1] is") && Catch::Contains("nothing was changed"));
      Team team(2);
      CHECK_THROWS_AS(fresh.update(parameters, team), NumericalError);
      CHECK(everything(fresh, parameters) == before);
      CHECK(model.weight.gradient()[0] == 1);
    }
  });
}

TEST_CASE("a large gradient that Adam can hold is taken") {
  SmallModel<float> model;
  const Parameters<float> parameters(model);
  Adam<> adam({.learning_rate = 0.1});
  set_gradient(model.weight, Tensor<float>({2, 3}, 5e20f));
  CHECK_NOTHROW(adam.update(parameters));
  set_gradient(model.weight, Tensor<float>({2, 3}, 1e21f));
  CHECK_THROWS_AS(adam.update(parameters), NumericalError);
}
