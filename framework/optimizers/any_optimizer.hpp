#pragma once

#include <unroll/framework/optimizers/adagrad.hpp>
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/rmsprop.hpp>
#include <unroll/framework/optimizers/sgd.hpp>

#include <any>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace unroll::inline v0 {

namespace detail {
/// A visitor of a state of any type.
struct AnyVisit {
  void operator()(const auto&, auto&&) const {}
};
}  // namespace detail

/// An optimizer that an AnyOptimizer, and so a Trainer, takes: a value that does what an Optimizer does. Every
/// Optimizer<Rule, Scalar> is one, with a rule of your own too; so is a class of your own that moves parameters
/// otherwise, with the members that are required here. Settings of its own, which a resumed training must have too, it
/// names in `void for_each_setting(auto&& visit) const`, as AdamRule::Options do; a rule's options do so for it.
template <class Type, class Scalar>
concept CompleteOptimizer = std::copyable<Type> && OptimizerFor<Type, Scalar> && requires(
    Type& optimizer, const Type& constant, const Parameters<Scalar>& parameters, Team& team) {
  { constant.name } -> std::convertible_to<std::string_view>;
  optimizer.update(parameters, team);
  optimizer.bind(parameters);                    // makes the state
  optimizer.for_each_state(detail::AnyVisit());  // std::uint64_t&, double& or Tensor<Scalar>& by name
};

namespace detail {

/// What an AnyOptimizer does with the optimizer that it holds.
template <class Scalar>
struct OptimizerOperations {
  using StateValue = std::variant<std::uint64_t*, double*, Tensor<Scalar>*>;

  std::string_view (*name)(const std::any&);
  void (*update)(std::any&, const Parameters<Scalar>&, Team*);
  double (*learning_rate)(const std::any&);
  void (*set_learning_rate)(std::any&, double);
  void (*bind)(std::any&, const Parameters<Scalar>&);
  void (*for_each_state)(std::any&, const std::function<void(const std::string&, StateValue)>&);
  void (*for_each_setting)(const std::any&, const std::function<void(const std::string&, double)>&);
};

template <class Chosen>
Chosen& held(std::any& optimizer) {
  return *std::any_cast<Chosen>(&optimizer);
}
template <class Chosen>
const Chosen& held(const std::any& optimizer) {
  return *std::any_cast<Chosen>(&optimizer);
}

/// Calls visit(name, number) for the settings but the learning rate: those that the optimizer or its options name, or,
/// when neither does, the weight decay and the groups of a rule.
template <class Chosen>
void for_each_setting_of(const Chosen& optimizer, const auto& visit) {
  if constexpr (requires { optimizer.for_each_setting(visit); })
    optimizer.for_each_setting(visit);
  else if constexpr (requires { optimizer.options().for_each_setting(visit); })
    optimizer.options().for_each_setting(visit);
  else if constexpr (requires { optimizer.options().weight_decay, optimizer.options().groups; })
    for_each_decay(optimizer.options(), visit);
}

/// These for one type of optimizer.
template <class Chosen, class Scalar>
inline constexpr OptimizerOperations<Scalar> operations_of = {
    .name = [](const std::any& any) -> std::string_view { return held<Chosen>(any).name; },
    .update =
        [](std::any& any, const Parameters<Scalar>& parameters, Team* team) {
          team == nullptr ? held<Chosen>(any).update(parameters) : held<Chosen>(any).update(parameters, *team);
        },
    .learning_rate = [](const std::any& any) -> double { return held<Chosen>(any).learning_rate(); },
    .set_learning_rate = [](std::any& any, double rate) { held<Chosen>(any).set_learning_rate(rate); },
    .bind = [](std::any& any, const Parameters<Scalar>& parameters) { held<Chosen>(any).bind(parameters); },
    .for_each_state =
        [](std::any& any, const auto& visit) {
          held<Chosen>(any).for_each_state([&](const std::string& name, auto& value) { visit(name, &value); });
        },
    .for_each_setting = [](const std::any& any, const auto& visit) { for_each_setting_of(held<Chosen>(any), visit); },
};

}  // namespace detail

/// An optimizer of any type, chosen while the program runs. Copying one copies its state.
///
///     AnyOptimizer<> optimizer = Adam<>({.learning_rate = 2e-3});
///     optimizer = Optimizer<SignRule, float>({.learning_rate = 0.01});  // a rule of your own
template <class Scalar = float>
class AnyOptimizer {
 public:
  /// This optimizer, with its state.
  template <class Chosen>
  requires(!std::same_as<Chosen, AnyOptimizer> && CompleteOptimizer<Chosen, Scalar>) AnyOptimizer(Chosen optimizer)
      : optimizer_(std::move(optimizer)), operations_(&detail::operations_of<Chosen, Scalar>) {}

  /// "adam": the name of the rule.
  std::string_view name() const { return operations_->name(optimizer_); }
  /// The optimizer itself, when it is of this type; otherwise nullptr.
  template <class Chosen>
  const Chosen* get_if() const {
    return std::any_cast<Chosen>(&optimizer_);
  }

  /// As Optimizer::update.
  void update(const Parameters<Scalar>& parameters) { operations_->update(optimizer_, parameters, nullptr); }
  /// As Optimizer::update with a team.
  void update(const Parameters<Scalar>& parameters, Team& team) { operations_->update(optimizer_, parameters, &team); }
  /// As Optimizer::learning_rate.
  double learning_rate() const { return operations_->learning_rate(optimizer_); }
  /// As Optimizer::set_learning_rate: throws ArgumentError for a negative or infinite rate.
  void set_learning_rate(double learning_rate) { operations_->set_learning_rate(optimizer_, learning_rate); }
  /// As Optimizer::bind.
  void bind(const Parameters<Scalar>& parameters) { operations_->bind(optimizer_, parameters); }
  /// As Optimizer::for_each_state.
  template <class Visit>
  void for_each_state(Visit&& visit) {
    operations_->for_each_state(optimizer_, [&](const std::string& state, auto value) {
      std::visit([&](auto* number) { visit(state, *number); }, value);
    });
  }
  /// Calls `visit("momentum", number)` for every setting but the learning rate.
  template <class Visit>
  void for_each_setting(Visit&& visit) const {
    operations_->for_each_setting(optimizer_, [&](const std::string& setting, double value) { visit(setting, value); });
  }

 private:
  std::any optimizer_;
  const detail::OptimizerOperations<Scalar>* operations_;
};

/// The settings that a program lets its user choose. An empty one leaves the optimizer's own default.
struct OptimizerSettings {
  std::optional<double> learning_rate = {};  ///< Of every optimizer.
  std::optional<double> momentum = {};       ///< Of sgd, nesterov and rmsprop.
  std::optional<double> weight_decay = {};   ///< Of every optimizer.
  Decayed decayed = Decayed::all;            ///< Of every optimizer.
  std::vector<OptimizerGroup> groups = {};   ///< Of every optimizer.
};

/// The names that make_optimizer knows: "sgd", "nesterov", "adagrad", "rmsprop", "adam", "adamw".
std::span<const std::string_view> optimizer_names();

/// The optimizer of that name; "nesterov" is sgd with Nesterov's momentum, 0.9 unless given. Throws ArgumentError for
/// another name, listing the known ones, for a momentum where there is none, and for a number out of range.
template <class Scalar = float>
AnyOptimizer<Scalar> make_optimizer(std::string_view name, const OptimizerSettings& settings = {});

}  // namespace unroll::inline v0
