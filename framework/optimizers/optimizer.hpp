#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/threads/split_work.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The common part of all optimizers. An optimizer is a rule (sgd.hpp, adagrad.hpp, rmsprop.hpp, adam.hpp, or your own)
/// that says how the numbers of one parameter move; Optimizer does the rest. A rule of your own is as fast as these:
///
///     struct SignRule {
///       static constexpr const char* name = "sign";
///       struct Options { double learning_rate = 1e-3, weight_decay = 0; std::vector<OptimizerGroup> groups = {}; };
///       static void check(const Options&) {}
///       static std::vector<std::string> state(const Options&) { return {}; }
///       template <class Scalar>
///       static void apply(const Options&, const OptimizerStep<Scalar>& step) {
///         const auto rate = static_cast<Scalar>(step.learning_rate);
///         for_each_element<0>(step, [=](Scalar& value, Scalar gradient) { value -= std::copysign(rate, gradient); });
///       }
///     };
///     Optimizer<SignRule, float> optimizer({.learning_rate = 0.01});
///
/// A rule that keeps squares or sums of gradients also has
/// `template <class Scalar> static Scalar harmless_gradient(const Options&)`: a magnitude up to which no gradient makes
/// any of them infinite. The optimizer tries a larger gradient on a copy, and refuses it before it changes anything if
/// a number would become infinite.
namespace unroll::inline v0 {

/// Other settings for some of the parameters: those whose name is `prefix` or begins with `prefix` and a dot
/// ("encoder" is a prefix of "encoder.bias", not of "encoder_norm.bias"); the empty prefix is one of every name. A
/// parameter belongs to the group with the longest prefix. A prefix that fits no parameter is an error.
struct OptimizerGroup {
  std::string prefix;                       ///< The path of a module or a parameter.
  double learning_rate_scale = 1;           ///< Multiplies the learning rate; at least 0.
  std::optional<double> weight_decay = {};  ///< At least 0; empty: the optimizer's.
};

/// Which parameters weight decay shrinks. `matrices` leaves parameters of one axis alone, in every group: biases, for
/// which little data is enough (Goodfellow et al. 2016, section 7.1), and the gains of normalization, since a gain of 0
/// does not simplify a layer but switches it off.
///
///     AdamW<> adam({.weight_decay = 0.1, .decayed = Decayed::matrices});
enum class Decayed {
  all,      ///< all parameters
  matrices  ///< parameters of two or more axes
};

namespace detail {
/// Calls visit(name, number) for what the options of all rules have in common, but the learning rate.
void for_each_decay(const auto& options, auto&& visit) {
  visit("weight_decay", options.weight_decay);
  if constexpr (requires { options.decayed; })
    visit("decays_matrices_only", options.decayed == Decayed::matrices ? 1. : 0.);
  for (const OptimizerGroup& group : options.groups) {
    visit("group '" + group.prefix + "': learning_rate_scale", group.learning_rate_scale);
    if (group.weight_decay) visit("group '" + group.prefix + "': weight_decay", *group.weight_decay);
  }
}
}  // namespace detail

/// One parameter in one step, as a rule sees it. When a team divides the work, it is a range of its numbers, so a rule
/// must move each number by itself.
template <class Scalar>
struct OptimizerStep {
  std::size_t count;             ///< How many numbers there are.
  Scalar* value;                 ///< The rule changes these.
  Scalar* gradient;              ///< The rule reads these and leaves zeros.
  std::array<Scalar*, 3> state;  ///< What the rule keeps between steps, in the order of Rule::state; zeros at first.
  double learning_rate;          ///< Multiplied by the scale of the parameter's group.
  double weight_decay;           ///< That of the parameter's group.
  std::uint64_t number;          ///< The number of this step for this parameter: 1, 2, ...

  /// The same for `part_count` of the numbers, from `first` on.
  OptimizerStep range(std::size_t first, std::size_t part_count) const {
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
/// every number, and zeroes the gradient, in one pass that the compiler can vectorize.
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
  return !parameter.frozen && parameter.has_gradient() && !parameter.gradient_is_empty();
}

/// What an optimizer keeps about its parameters, in their order.
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
  void make(std::string_view optimizer, const Parameters<Scalar>& parameters, double weight_decay, Decayed decayed,
            std::span<const OptimizerGroup> groups);
  /// Throws ArgumentError unless these are the parameters it was made for.
  void expect(std::string_view optimizer, const Parameters<Scalar>& parameters) const;
  /// A step for each parameter that moves, valid until the next call. count_steps counts them.
  std::span<const OptimizerStep<Scalar>> next_steps(const Parameters<Scalar>& parameters, double learning_rate);
  /// Called when the rule has taken the steps: counts them, and marks values as changed and gradients as empty.
  void count_steps(const Parameters<Scalar>& parameters);
};

/// Whether all numbers are in [-bound, bound]; a NaN is not.
template <class Scalar>
bool all_within(const Scalar* numbers, std::size_t count, Scalar bound) {
  // The bits of magnitudes, as integers, are in the order of the magnitudes, and those of NaN above all others.
  // Integers have a vector instruction for the maximum.
  using Bits = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
  Bits largest = 0;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::bit_cast<Bits>(std::abs(numbers[i])));
  return largest <= std::bit_cast<Bits>(bound);
}

/// Throws NumericalError: an update by this gradient would make the value or the state infinite.
[[noreturn]] void refuse_gradient(std::string_view optimizer, const std::string& parameter, const Shape& shape,
                                  std::size_t position, double gradient);

/// What a rule's options say is decayed: all, for a rule that has no such option.
template <class Options>
Decayed decayed_by(const Options& options) {
  if constexpr (requires { options.decayed; })
    return options.decayed;
  else
    return Decayed::all;
}

/// Throws ArgumentError for settings that no optimizer accepts.
void check_optimizer(std::string_view optimizer, double learning_rate, double weight_decay,
                     std::span<const OptimizerGroup> groups);

}  // namespace detail

/// The rule of an optimizer; the example at the top of this file has all that it needs. `check` throws ArgumentError
/// for bad options; `state` names the tensors that the optimizer keeps for each parameter, three at most.
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

/// An optimizer: a value that moves parameters against their gradients. Copying one copies its state.
///
///     Adam<> adam({.learning_rate = 0.004, .groups = {{.prefix = "embedding", .learning_rate_scale = 0.1}}});
///     adam.update(parameters);
template <OptimizerRule Rule, class Scalar>
class Optimizer {
 public:
  using Options = typename Rule::Options;               ///< The settings of the rule.
  static constexpr std::string_view name = Rule::name;  ///< "adam"

  /// With the default options.
  Optimizer() : Optimizer(Options{}) {}
  /// Throws ArgumentError for an option out of range; the message states the range.
  explicit Optimizer(Options options) : options_(std::move(options)) {
    detail::check_optimizer(name, options_.learning_rate, options_.weight_decay, options_.groups);
    Rule::check(options_);
  }

  /// One step: moves every parameter that has got a gradient since the last step and is not frozen, and zeroes that
  /// gradient. A parameter that the loss did not use keeps its value, momentum and step count (a gradient of zeros is a
  /// gradient). After the first call it allocates nothing. Throws, and changes nothing: ArgumentError when the names or
  /// shapes are not those of the first call, or a group's prefix fits no name; NumericalError when a gradient is not
  /// finite, or so large that the rule's state, such as its square, would be infinite from then on.
  void update(const Parameters<Scalar>& parameters) { update_by(nullptr, parameters); }
  /// The same, to the bit; the threads of a team divide the work.
  void update(const Parameters<Scalar>& parameters, Team& team) { update_by(&team, parameters); }

  const Options& options() const { return options_; }              ///< The options, with the learning rate of now.
  double learning_rate() const { return options_.learning_rate; }  ///< That of the next step.
  /// Sets it for the steps to come, as a schedule does. Throws ArgumentError unless it is finite and at least 0.
  void set_learning_rate(double learning_rate) {
    detail::check_optimizer(name, learning_rate, options_.weight_decay, {});
    options_.learning_rate = learning_rate;
  }

  /// Makes room for the state of these parameters, as the first update does. Call it to load a state before that.
  /// Throws ArgumentError as update does.
  void bind(const Parameters<Scalar>& parameters) {
    if (!memory_.slots.empty()) return memory_.expect(name, parameters);
    memory_.state_names = Rule::state(options_);
    memory_.make(name, parameters, options_.weight_decay, detail::decayed_by(options_), options_.groups);
  }
  /// Calls `visit("encoder.bias.steps", std::uint64_t&)` and `visit("encoder.bias.first_moment", Tensor<Scalar>&)` for
  /// all that the optimizer remembers: with the learning rate, enough to resume exactly. Visits nothing before `bind`.
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
    if constexpr (requires { Rule::template harmless_gradient<Scalar>(options_); })
      expect_harmless(team, parameters, steps, blocks);
    detail::split_work(team, blocks, [&](std::size_t index, std::size_t first, std::size_t count) {
      Rule::apply(options_, steps[index].range(first, count));
    });
    memory_.count_steps(parameters);
  }

  /// Throws before it changes anything when a gradient would make the rule's state infinite, since that number would
  /// never move again. One pass compares every gradient with the harmless magnitude; only larger ones are tried.
  void expect_harmless(Team* team, const Parameters<Scalar>& parameters, std::span<const OptimizerStep<Scalar>> steps,
                       const auto& blocks) const {
    const Scalar bound = Rule::template harmless_gradient<Scalar>(options_);
    std::atomic<bool> harmless = true;
    detail::split_work(team, blocks, [&](std::size_t index, std::size_t first, std::size_t count) {
      if (!detail::all_within(steps[index].gradient + first, count, bound)) harmless = false;
    });
    if (harmless) return;
    std::size_t next = 0;
    for (const auto& [parameter_name, parameter] : parameters) {
      if (!detail::is_moved(*parameter)) continue;
      const OptimizerStep<Scalar>& step = steps[next++];
      for (std::size_t i = 0; i < step.count; ++i)
        if (!detail::all_within(step.gradient + i, 1, bound) && !stays_finite(step.range(i, 1)))
          detail::refuse_gradient(name, parameter_name, parameter->shape(), i, static_cast<double>(step.gradient[i]));
    }
  }

  /// Tries a step of one number on copies of its value, gradient and state.
  bool stays_finite(OptimizerStep<Scalar> step) const {
    std::array<Scalar, 3> state{};
    Scalar value = *step.value, gradient = *step.gradient;
    step.value = &value, step.gradient = &gradient;
    for (std::size_t k = 0; k < state.size(); ++k)
      if (step.state[k] != nullptr) state[k] = *std::exchange(step.state[k], &state[k]);
    Rule::apply(options_, step);
    return std::isfinite(value)
           && std::all_of(state.begin(), state.end(), [](Scalar kept) { return std::isfinite(kept); });
  }

  Options options_;
  detail::OptimizerMemory<Scalar> memory_;
};

/// What a training loop needs of an optimizer: update, learning_rate and set_learning_rate.
template <class Type, class Scalar>
concept OptimizerFor = requires(Type& optimizer, const Parameters<Scalar>& parameters, double rate) {
  optimizer.update(parameters);
  { optimizer.learning_rate() } -> std::convertible_to<double>;
  optimizer.set_learning_rate(rate);
};

}  // namespace unroll::inline v0
