#pragma once

#include <unroll/framework/adagrad.hpp>
#include <unroll/framework/adam.hpp>
#include <unroll/framework/rmsprop.hpp>
#include <unroll/framework/sgd.hpp>

#include <variant>

namespace unroll::inline v0 {

/// One of the optimisers, chosen while the program runs.
template <class Scalar = float>
class AnyOptimizer {
 public:
  using Choice = std::variant<Sgd<Scalar>, Adagrad<Scalar>, RmsProp<Scalar>, Adam<Scalar>, AdamW<Scalar>>;

  explicit AnyOptimizer(Choice choice) : choice_(std::move(choice)) {}

  std::string_view name() const {
    return std::visit([](const auto& optimizer) { return optimizer.name; }, choice_);
  }
  const Choice& choice() const { return choice_; }

  // As Optimizer's.
  void update(const Parameters<Scalar>& parameters) {
    std::visit([&](auto& optimizer) { optimizer.update(parameters); }, choice_);
  }
  void update(const Parameters<Scalar>& parameters, Team& team) {
    std::visit([&](auto& optimizer) { optimizer.update(parameters, team); }, choice_);
  }
  double learning_rate() const {
    return std::visit([](const auto& optimizer) { return optimizer.learning_rate(); }, choice_);
  }
  void set_learning_rate(double learning_rate) {
    std::visit([&](auto& optimizer) { optimizer.set_learning_rate(learning_rate); }, choice_);
  }
  void bind(const Parameters<Scalar>& parameters) {
    std::visit([&](auto& optimizer) { optimizer.bind(parameters); }, choice_);
  }
  template <class Visit>
  void for_each_state(Visit&& visit) {
    std::visit([&](auto& optimizer) { optimizer.for_each_state(visit); }, choice_);
  }

 private:
  Choice choice_;
};

/// What a program lets its user choose; the optimiser's own default where empty.
struct OptimizerSettings {
  std::optional<double> learning_rate = {};
  std::optional<double> momentum = {};  // for sgd and rmsprop
  std::optional<double> weight_decay = {};
  Decayed decayed = Decayed::all;
  std::vector<OptimizerGroup> groups = {};
};

/// "sgd", "nesterov", "adagrad", "rmsprop", "adam", "adamw": what make_optimizer knows.
std::span<const std::string_view> optimizer_names();

/// The optimiser of that name; "nesterov" is sgd with Nesterov's momentum, 0.9 unless given. Throws ArgumentError for
/// another name, listing these, for a momentum where there is none, and for numbers outside their intervals.
template <class Scalar = float>
AnyOptimizer<Scalar> make_optimizer(std::string_view name, const OptimizerSettings& settings = {});

}  // namespace unroll::inline v0
