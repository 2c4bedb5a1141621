#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/optimizers/optimizer.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0::detail {

namespace {

bool is_prefix(std::string_view prefix, std::string_view name) {
  return prefix.empty() || prefix == name || (name.starts_with(prefix) && name[prefix.size()] == '.');
}

const OptimizerGroup* group_of(std::string_view name, std::span<const OptimizerGroup> groups) {
  const OptimizerGroup* longest = nullptr;
  for (const auto& group : groups)
    if (is_prefix(group.prefix, name) && (longest == nullptr || group.prefix.size() > longest->prefix.size()))
      longest = &group;
  return longest;
}

template <class Scalar>
void expect_prefixes_fit(std::string_view optimizer, const Parameters<Scalar>& parameters,
                         std::span<const OptimizerGroup> groups) {
  for (const auto& group : groups) {
    if (std::any_of(parameters.begin(), parameters.end(),
                    [&](const auto& named) { return is_prefix(group.prefix, named.name); }))
      continue;
    std::vector<std::string> names;
    for (const auto& named : parameters) names.push_back(printable(named.name));
    throw ArgumentError(fmt::format("{}: the group {} fits no parameter; there are {}", optimizer, quoted(group.prefix),
                                    listed(names)));
  }
}

}  // namespace

template <class Scalar>
void OptimizerMemory<Scalar>::make(std::string_view optimizer, const Parameters<Scalar>& parameters,
                                   double weight_decay, Decayed decayed, std::span<const OptimizerGroup> groups) {
  if (parameters.size() == 0)
    throw ArgumentError(fmt::format("{}: no parameters given, expected those of a model", optimizer));
  expect_prefixes_fit(optimizer, parameters, groups);
  std::vector<Slot> made;
  for (const auto& [name, parameter] : parameters) {
    const OptimizerGroup* group = group_of(name, groups);
    const bool decays = decayed == Decayed::all || parameter->shape().rank() >= 2;
    const double own_decay = group ? group->weight_decay.value_or(weight_decay) : weight_decay;
    made.push_back({.name = name,
                    .shape = parameter->shape(),
                    .learning_rate_scale = group ? group->learning_rate_scale : 1,
                    .weight_decay = decays ? own_decay : 0,
                    .steps = 0,
                    .state = std::vector<Tensor<Scalar>>(state_names.size(), Tensor<Scalar>(parameter->shape()))});
  }
  steps.resize(made.size());
  slots = std::move(made);
}

template <class Scalar>
void OptimizerMemory<Scalar>::expect(std::string_view optimizer, const Parameters<Scalar>& parameters) const {
  constexpr auto cause = "was another model, or one that has changed since, given to the same optimizer?";
  if (parameters.size() != slots.size())
    throw ArgumentError(fmt::format("{}: {} given, expected the {} of the first update ({})", optimizer,
                                    counted(parameters.size(), "parameter"), slots.size(), cause));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const auto& [name, parameter] = parameters[i];
    if (name == slots[i].name && parameter->shape() == slots[i].shape) continue;
    throw ArgumentError(fmt::format("{}: parameter {} is {} {}, expected {} {} as in the first update ({})", optimizer,
                                    i, name, to_string(parameter->shape()), slots[i].name, to_string(slots[i].shape),
                                    cause));
  }
}

template <class Scalar>
std::span<const OptimizerStep<Scalar>> OptimizerMemory<Scalar>::next_steps(const Parameters<Scalar>& parameters,
                                                                           double learning_rate) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    Parameter<Scalar>& parameter = *parameters[i].parameter;
    if (!is_moved(parameter)) continue;
    Slot& slot = slots[i];
    OptimizerStep<Scalar>& step = steps[count++];
    step = {.count = slot.shape.size(),
            .value = parameter.value_memory(),
            .gradient = parameter.gradient_memory(),
            .state = {},
            .learning_rate = learning_rate * slot.learning_rate_scale,
            .weight_decay = slot.weight_decay,
            .number = slot.steps + 1};
    for (std::size_t k = 0; k < slot.state.size(); ++k) step.state.at(k) = slot.state[k].data();
  }
  return {steps.data(), count};
}

template <class Scalar>
void OptimizerMemory<Scalar>::count_steps(const Parameters<Scalar>& parameters) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    Parameter<Scalar>& parameter = *parameters[i].parameter;
    if (!is_moved(parameter)) continue;
    ++slots[i].steps;
    parameter.mark_changed();
    parameter.mark_gradient_empty();
  }
}

void refuse_gradient(std::string_view optimizer, const std::string& parameter, const Shape& shape, std::size_t position,
                     double gradient) {
  throw NumericalError(
      fmt::format("{}: the gradient of {}{} is {}, by which what the optimizer keeps would never be finite again (clip "
                  "gradients before an update: clip_gradient_norm); nothing was changed",
                  optimizer, parameter, index_text(shape, position), gradient));
}

void check_optimizer(std::string_view optimizer, double learning_rate, double weight_decay,
                     std::span<const OptimizerGroup> groups) {
  expect_in(optimizer, "learning_rate", learning_rate, not_negative);
  expect_in(optimizer, "weight_decay", weight_decay, not_negative);
  for (const auto& group : groups) {
    const auto of_group = [&](const char* option) {
      return fmt::format("{} of group {}", option, quoted(group.prefix));
    };
    expect_in(optimizer, of_group("learning_rate_scale"), group.learning_rate_scale, not_negative);
    expect_in(optimizer, of_group("weight_decay"), group.weight_decay.value_or(0), not_negative);
    if (std::count_if(groups.begin(), groups.end(), [&](const auto& other) { return other.prefix == group.prefix; })
        > 1)
      throw ArgumentError(fmt::format("{}: the group {} is given twice", optimizer, quoted(group.prefix)));
  }
}

template struct OptimizerMemory<float>;
template struct OptimizerMemory<double>;

}  // namespace unroll::inline v0::detail
