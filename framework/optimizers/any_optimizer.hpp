#pragma once

#include <unroll/framework/optimizers/adagrad.hpp>
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/rmsprop.hpp>
#include <unroll/framework/optimizers/sgd.hpp>

#include <variant>

namespace unroll::inline v0 {

/// One of the optimizers, chosen while the program runs.
template <class Scalar = float>
class AnyOptimizer {
 public:
  /// The optimizers that it can be.
  using Choice = std::variant<Sgd<Scalar>, Adagrad<Scalar>, RmsProp<Scalar>, Adam<Scalar>, AdamW<Scalar>>;

  /// This optimizer, with its state.
  explicit AnyOptimizer(Choice choice) : choice_(std::move(choice)) {}
  /// The same from one of them: `AnyOptimizer<> optimizer = Adam<>({.learning_rate = 2e-3})`.
  template <class Rule>
  AnyOptimizer(Optimizer<Rule, Scalar> optimizer) : choice_(std::move(optimizer)) {}

  /// "adam": the name of the rule.
  std::string_view name() const {
    return std::visit([](const auto& optimizer) { return optimizer.name; }, choice_);
  }
  const Choice& choice() const { return choice_; }  ///< The optimizer itself.

  /// As Optimizer::update.
  void update(const Parameters<Scalar>& parameters) {
    std::visit([&](auto& optimizer) { optimizer.update(parameters); }, choice_);
  }
  /// As Optimizer::update with a team.
  void update(const Parameters<Scalar>& parameters, Team& team) {
    std::visit([&](auto& optimizer) { optimizer.update(parameters, team); }, choice_);
  }
  /// As Optimizer::learning_rate.
  double learning_rate() const {
    return std::visit([](const auto& optimizer) { return optimizer.learning_rate(); }, choice_);
  }
  /// As Optimizer::set_learning_rate: throws ArgumentError for a negative or infinite rate.
  void set_learning_rate(double learning_rate) {
    std::visit([&](auto& optimizer) { optimizer.set_learning_rate(learning_rate); }, choice_);
  }
  /// As Optimizer::bind.
  void bind(const Parameters<Scalar>& parameters) {
    std::visit([&](auto& optimizer) { optimizer.bind(parameters); }, choice_);
  }
  /// As Optimizer::for_each_state.
  template <class Visit>
  void for_each_state(Visit&& visit) {
    std::visit([&](auto& optimizer) { optimizer.for_each_state(visit); }, choice_);
  }

 private:
  Choice choice_;
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
