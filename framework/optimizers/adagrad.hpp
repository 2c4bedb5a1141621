#pragma once

#include <unroll/framework/optimizers/optimizer.hpp>

namespace unroll::inline v0 {

/// Adagrad (Duchi, Hazan and Singer 2011): each number has its own rate, which falls with the sum of its squared
/// gradients.
///
///     g' = g + weight_decay x      s = s + g'²      x -= learning_rate g' / (√s + epsilon)
struct AdagradRule {
  static constexpr const char* name = "adagrad";  ///< In messages and files.
  /// The settings; optimizer.hpp says what all optimizers have.
  struct Options {
    double learning_rate = 1e-2;              ///< At least 0.
    double epsilon = 1e-10;                   ///< At least 1e-30, which a float does not round to 0; root_epsilon.hpp.
    double weight_decay = 0;                  ///< At least 0.
    Decayed decayed = Decayed::all;           ///< Which parameters weight_decay shrinks.
    std::vector<OptimizerGroup> groups = {};  ///< Other settings for some parameters.
    /// Calls visit(name, number) for every setting but the learning rate, and those of groups.
    void for_each_setting(auto&& visit) const {
      visit("epsilon", epsilon);
      detail::for_each_decay(*this, visit);
    }
  };
  /// Throws ArgumentError for an option out of range.
  static void check(const Options& options);
  /// The name of s.
  static std::vector<std::string> state(const Options& options);
  /// The equations above.
  template <class Scalar>
  static void apply(const Options& options, const OptimizerStep<Scalar>& step);
  /// A bound below which no gradient makes s infinite; see optimizer.hpp.
  template <class Scalar>
  static Scalar harmless_gradient(const Options& options);
};

/// `Adagrad<> adagrad({.learning_rate = 0.01});`
template <class Scalar = float>
using Adagrad = Optimizer<AdagradRule, Scalar>;

}  // namespace unroll::inline v0
