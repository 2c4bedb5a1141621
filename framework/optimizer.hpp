#pragma once

#include <unroll/framework/module.hpp>
#include <unroll/framework/sharing.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What all optimisers share. An optimiser is a rule (sgd.hpp, adagrad.hpp, rmsprop.hpp, adam.hpp, or your own) that
/// says how the numbers of one parameter move; Optimizer does the rest. A rule of your own is as fast as these:
///
///     struct SignRule {
///       static constexpr const char* name = "sign";
///       struct Options { double learning_rate = 1e-3, weight_decay = 0; std::vector<OptimizerGroup> groups; };
///       static void check(const Options&) {}
///       static std::vector<std::string> state(const Options&) { return {}; }
///       template <class Scalar>
///       static void apply(const Options&, const OptimizerStep<Scalar>& step) {
///         const auto rate = static_cast<Scalar>(step.learning_rate);
///         for_each_element<0>(step, [=](Scalar& value, Scalar gradient) { value -= std::copysign(rate, gradient); });
///       }
///     };
///     Optimizer<SignRule, float> optimizer({.learning_rate = 0.01});
namespace unroll::inline v0 {

/// Other settings for some of the parameters: those whose name is `prefix` or begins with `prefix` and a dot
/// ("encoder" is a prefix of "encoder.bias", not of "encoder_norm.bias"); the empty prefix is one of every name. A
/// parameter belongs to the group with the longest prefix. A prefix that fits no parameter is an error.
struct OptimizerGroup {
  std::string prefix;
  double learning_rate_scale = 1;
  std::optional<double> weight_decay = {};  // empty: the optimiser's
};

/// One parameter in one step, as a rule sees it; or, when a team shares the work, a part of one: a rule moves each
/// number by itself.
template <class Scalar>
struct OptimizerStep {
  std::size_t count;             // of numbers
  Scalar* value;                 // to be changed
  Scalar* gradient;              // to be left as zeros
  std::array<Scalar*, 3> state;  // what the rule keeps between steps, in the order of its `state`; zeros at first
  double learning_rate;          // its group's scale included
  double weight_decay;           // its group's
  std::uint64_t number;          // of this step for this parameter: 1, 2, ...

  /// The same for `part_count` of the numbers, from `first` on.
  OptimizerStep part(std::size_t first, std::size_t part_count) const {
    OptimizerStep result = *this;
    result.count = part_count;
    result.value += first;
    result.gradient += first;
    for (Scalar*& kept : result.state)
      if (kept != nullptr) kept += first;
    return result;
  }
};

/// Calls `equation(value, gradient, state...)`, with references to the value and to the first `states` states, for
/// every number, and zeroes the gradient, in one pass. What can be vectorised in the equation is.
template <std::size_t states, class Scalar, class Equation>
void for_each_element(const OptimizerStep<Scalar>& step, const Equation& equation) {
  const std::size_t count = step.count;  // in locals, so that the compiler sees that no store changes them
  Scalar *const value = step.value, *const gradient = step.gradient;
  const auto [first, second, third] = step.state;
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (states == 0) equation(value[i], Scalar{gradient[i]});
    if constexpr (states == 1) equation(value[i], Scalar{gradient[i]}, first[i]);
    if constexpr (states == 2) equation(value[i], Scalar{gradient[i]}, first[i], second[i]);
    if constexpr (states == 3) equation(value[i], Scalar{gradient[i]}, first[i], second[i], third[i]);
    gradient[i] = 0;
  }
}

namespace detail {

template <class Scalar>
bool is_moved(const Parameter<Scalar>& parameter) {
  return !parameter.frozen && parameter.has_gradient();
}

/// What an optimiser keeps about its parameters, in their order.
template <class Scalar>
struct OptimizerMemory {
  struct Slot {
    std::string name;
    Shape shape;
    double learning_rate_scale;
    double weight_decay;
    std::uint64_t steps;
    std::vector<Tensor<Scalar>> state;
  };
  std::vector<std::string> state_names;
  std::vector<Slot> slots;
  std::vector<OptimizerStep<Scalar>> steps;  // room for one a slot

  /// Throws ArgumentError when there are no parameters, or a group's prefix fits none of them.
  void make(std::string_view optimizer, const Parameters<Scalar>& parameters, double weight_decay,
            std::span<const OptimizerGroup> groups);
  /// Throws ArgumentError unless these are the parameters it was made for.
  void expect(std::string_view optimizer, const Parameters<Scalar>& parameters) const;
  /// A step for each parameter that is to be moved, valid until the next call.
  std::span<const OptimizerStep<Scalar>> next_steps(const Parameters<Scalar>& parameters, double learning_rate);
};

/// Throws ArgumentError for settings that no optimiser accepts.
void check_optimizer(std::string_view optimizer, double learning_rate, double weight_decay,
                     std::span<const OptimizerGroup> groups);

}  // namespace detail

/// What can be an optimiser's rule; the example at the top of this file has all of it. `check` throws ArgumentError,
/// `state` names the tensors to be kept for each parameter, three at most.
template <class Rule>
concept OptimizerRule = requires(const typename Rule::Options& options, const OptimizerStep<float>& step) {
  { options.learning_rate } -> std::convertible_to<double>;
  { options.weight_decay } -> std::convertible_to<double>;
  { options.groups } -> std::convertible_to<std::vector<OptimizerGroup>>;
  { Rule::name } -> std::convertible_to<std::string_view>;
  { Rule::state(options) } -> std::convertible_to<std::vector<std::string>>;
  Rule::check(options);
  Rule::apply(options, step);
};

/// An optimiser: a value that moves parameters against their gradients. Copying one copies its state.
///
///     Adam<> adam({.learning_rate = 0.004, .groups = {{.prefix = "embedding", .learning_rate_scale = 0.1}}});
///     adam.update(parameters);
template <OptimizerRule Rule, class Scalar>
class Optimizer {
 public:
  using Options = typename Rule::Options;
  static constexpr std::string_view name = Rule::name;

  Optimizer() : Optimizer(Options{}) {}
  /// Throws ArgumentError for an option outside its interval, which the text states.
  explicit Optimizer(Options options) : options_(std::move(options)) {
    detail::check_optimizer(name, options_.learning_rate, options_.weight_decay, options_.groups);
    Rule::check(options_);
  }

  /// One step: moves every parameter that has a gradient and is not frozen, and zeroes that gradient. After the first
  /// call it allocates nothing. Whether the gradients are finite is not looked at (gradient_clipping.hpp does).
  /// Throws ArgumentError, and changes nothing, when the names or shapes are not those of the first call.
  void update(const Parameters<Scalar>& parameters) { update_by(nullptr, parameters); }
  /// The same, to the bit, shared by the threads of a team.
  void update(const Parameters<Scalar>& parameters, Team& team) { update_by(&team, parameters); }

  const Options& options() const { return options_; }
  double learning_rate() const { return options_.learning_rate; }
  /// For the steps to come; at least 0 and finite.
  void set_learning_rate(double learning_rate) {
    detail::check_optimizer(name, learning_rate, options_.weight_decay, {});
    options_.learning_rate = learning_rate;
  }

  /// Makes room for the state of these parameters, as the first update does; to load state before it.
  void bind(const Parameters<Scalar>& parameters) {
    if (!memory_.slots.empty()) return memory_.expect(name, parameters);
    memory_.state_names = Rule::state(options_);
    memory_.make(name, parameters, options_.weight_decay, options_.groups);
  }
  /// Calls `visit("encoder.bias.steps", std::uint64_t&)` and `visit("encoder.bias.first_moment", Tensor<Scalar>&)`
  /// for all that the optimiser remembers: with the learning rate, enough to go on exactly. Nothing before `bind`.
  template <class Visit>
  void for_each_state(Visit&& visit) {
    for (auto& slot : memory_.slots) {
      visit(slot.name + ".steps", slot.steps);
      for (std::size_t k = 0; k < slot.state.size(); ++k)
        visit(slot.name + "." + memory_.state_names[k], slot.state[k]);
    }
  }

 private:
  void update_by(Team* team, const Parameters<Scalar>& parameters) {
    bind(parameters);
    const auto steps = memory_.next_steps(parameters, options_.learning_rate);
    const detail::Blocks blocks(steps.size(), [steps](std::size_t index) { return steps[index].count; });
    detail::share(team, blocks, [&](std::size_t index, std::size_t first, std::size_t count) {
      Rule::apply(options_, steps[index].part(first, count));
    });
    for (const auto& named : parameters) {
      if (!detail::is_moved(*named.parameter)) continue;
      named.parameter->mark_changed();
      named.parameter->mark_gradient_empty();
    }
  }

  Options options_;
  detail::OptimizerMemory<Scalar> memory_;
};

/// What a training loop asks of an optimiser.
template <class Type, class Scalar>
concept OptimizerFor = requires(Type& optimizer, const Parameters<Scalar>& parameters, double rate) {
  optimizer.update(parameters);
  { optimizer.learning_rate() } -> std::convertible_to<double>;
  optimizer.set_learning_rate(rate);
};

}  // namespace unroll::inline v0
