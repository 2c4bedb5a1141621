#include "support/catch.hpp"
#include "support/many_sizes.hpp"
#include "support/small_model.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/any_optimizer.hpp>

#include <limits>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// The gradients of three steps: for all parameters but one.
template <class Scalar>
std::vector<Tensor<Scalar>> gradients_for(const ManySizes<Scalar>& model) {
  std::vector<Tensor<Scalar>> result;
  for (std::uint64_t step = 0; step < 3; ++step)
    for (std::size_t i = 0; i < model.parameters.size(); ++i)
      result.push_back(i == 4 ? Tensor<Scalar>() : uneven<Scalar>(Random(step).split(i), model.parameters[i].shape()));
  return result;
}

/// Gives the gradients of one step; one parameter is frozen.
template <class Scalar>
void set_gradients(ManySizes<Scalar>& model, const std::vector<Tensor<Scalar>>& gradients, std::size_t step) {
  const std::size_t parameters = model.parameters.size();
  for (std::size_t i = 0; i < parameters; ++i)
    model.parameters[i].mutable_gradient() = gradients[step * parameters + i];
  model.parameters[8].frozen = true;
}

/// Everything that a step may change.
template <class Scalar>
struct Outcome {
  std::vector<Tensor<Scalar>> numbers;
  std::vector<std::uint64_t> counts;

  Outcome(const ManySizes<Scalar>& model, auto& optimizer, const std::vector<std::uint64_t>& versions_before) {
    for (std::size_t i = 0; i < model.parameters.size(); ++i) {
      const auto& parameter = model.parameters[i];
      numbers.push_back(parameter.value());
      numbers.push_back(parameter.gradient());
      counts.push_back(parameter.version() == versions_before[i]);
      counts.push_back(parameter.gradient_is_empty());
    }
    optimizer.for_each_state([&](const std::string&, auto& kept) {
      if constexpr (std::is_same_v<decltype(kept), std::uint64_t&>)
        counts.push_back(kept);
      else if constexpr (std::is_same_v<decltype(kept), double&>)  // which an optimizer of one's own may have
        numbers.push_back(Tensor<Scalar>(Shape{}, static_cast<Scalar>(kept)));
      else
        numbers.push_back(kept);
    });
  }
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// The outcome of three steps, with a team if there is one.
template <class Scalar>
Outcome<Scalar> after_three_steps(ManySizes<Scalar> model, auto optimizer, Team* team) {
  static const auto gradients = gradients_for(model);
  const Parameters<Scalar> parameters(model);
  std::vector<std::uint64_t> versions;
  for (const auto& parameter : model.parameters) versions.push_back(parameter.version());
  for (std::size_t step = 0; step < 3; ++step) {
    set_gradients(model, gradients, step);
    if (team == nullptr)
      optimizer.update(parameters);
    else
      optimizer.update(parameters, *team);
  }
  return {model, optimizer, versions};
}

template <class Scalar>
void check_bits(const ManySizes<Scalar>& model, const auto& optimizer) {
  const auto expected = after_three_steps(model, optimizer, nullptr);
  for (const std::size_t threads : team_sizes) {
    Team team(threads);
    INFO(optimizer.name << ", " << threads << " threads");
    CHECK((after_three_steps(model, optimizer, &team) == expected));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("an update by a team gives the bits of an update by one thread", "", float, double) {
  const ManySizes<TestType> model;
  check_bits(model, Sgd<TestType>({.weight_decay = 0.1}));
  check_bits(model, Sgd<TestType>({.momentum = 0.9}));
  check_bits(model, Sgd<TestType>({.momentum = 0.9, .nesterov = true}));
  check_bits(model, Adagrad<TestType>({.weight_decay = 0.1}));
  check_bits(model, RmsProp<TestType>());
  check_bits(model, RmsProp<TestType>({.momentum = 0.9}));
  check_bits(model, RmsProp<TestType>({.centered = true}));
  check_bits(model, RmsProp<TestType>({.momentum = 0.9, .centered = true}));
  check_bits(model, Adam<TestType>({.weight_decay = 0.1}));
  check_bits(model, AdamW<TestType>({.groups = {{.prefix = "parameters.9", .learning_rate_scale = 3}}}));
}

TEST_CASE("a chosen optimizer passes the team on") {
  const ManySizes<> model;
  Team team(3);
  const auto optimizer = make_optimizer("adam");
  CHECK((after_three_steps(model, optimizer, &team) == after_three_steps(model, optimizer, nullptr)));
}

namespace {

/// Counts the numbers that it is given; refuses a gradient that is not finite.
struct CountingRule {
  static constexpr const char* name = "counting";
  struct Options {
    double learning_rate = 1, weight_decay = 0;
    std::vector<OptimizerGroup> groups = {};
  };
  static void check(const Options&) {}
  static std::vector<std::string> state(const Options&) { return {"calls"}; }
  template <class Scalar>
  static void apply(const Options&, const OptimizerStep<Scalar>& step) {
    for_each_element<1>(step, [](Scalar& value, Scalar gradient, Scalar& calls) {
      if (!(gradient == gradient)) throw NumericalError("counting: nan");
      ++calls;
      ++value;
    });
  }
};

}  // namespace

TEST_CASE("a rule of one's own sees every number once, and what it throws arrives") {
  ManySizes<> model;
  const Parameters<> parameters(model);
  Team team(2);
  Optimizer<CountingRule, float> counting;
  const auto gradients = gradients_for(model);
  set_gradients(model, gradients, 0);
  counting.update(parameters, team);
  std::size_t state = 0;
  counting.for_each_state([&](const std::string& name, auto& kept) {
    if constexpr (!std::is_same_v<decltype(kept), std::uint64_t&>) {
      const std::size_t index = state++;
      INFO(name);
      CHECK(kept == Tensor<float>(kept.shape(), index == 4 || index == 8 ? 0 : 1));
    }
  });
  CHECK(state == model.parameters.size());

  set_gradients(model, gradients, 1);
  model.parameters[10].mutable_gradient()[200000] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(counting.update(parameters, team), "counting: nan");
}

TEST_CASE("a team's update refuses what an update refuses, and changes nothing") {
  SmallModel<> model, other({2, 3}, {4});
  Team team(2);
  Adam<> adam;
  CHECK_THROWS_AS(adam.update(Parameters<>(), team), ArgumentError);
  CHECK_THROWS_WITH(adam.update(Parameters<>(), team), "adam: no parameters given, expected those of a model");
  adam.update(Parameters<>(model), team);
  const auto weight = other.weight.value();
  set_gradient(other.weight, Tensor<float>({2, 3}, 1));
  CHECK_THROWS_WITH(adam.update(Parameters<>(other), team),
                    "adam: parameter 1 is bias [4], expected bias [3] as in the first update (was another model, or "
                    "one that has changed since, given to the same optimizer?)");
  CHECK(other.weight.value() == weight);
  CHECK(other.weight.gradient() == Tensor<float>({2, 3}, 1));
}
