#pragma once

#include <unroll/framework/optimizers/optimizer.hpp>

namespace unroll::inline v0 {

/// Stochastic gradient descent, plain, with momentum (Polyak 1964; Sutskever et al. 2013) or with Nesterov's. As
/// PyTorch's SGD without dampening: the learning rate multiplies the velocity where it moves x, not inside the sum.
///
///     g' = g + weight_decay x      v = momentum v + g'      x -= learning_rate v
///     with Nesterov:                                        x -= learning_rate (g' + momentum v)
struct SgdRule {
  static constexpr const char* name = "sgd";  ///< In messages and files.
  /// The settings; optimizer.hpp says what all optimizers have.
  struct Options {
    double learning_rate = 1e-3;              ///< At least 0.
    double momentum = 0;                      ///< [0, 1); 0 keeps no velocity.
    bool nesterov = false;                    ///< Whether to use Nesterov's step; needs a momentum.
    double weight_decay = 0;                  ///< At least 0.
    Decayed decayed = Decayed::all;           ///< Which parameters weight_decay shrinks.
    std::vector<OptimizerGroup> groups = {};  ///< Other settings for some parameters.
    /// Calls visit(name, number) for every setting but the learning rate, and those of groups.
    void for_each_setting(auto&& visit) const {
      visit("momentum", momentum), visit("nesterov", nesterov ? 1. : 0.);
      detail::for_each_decay(*this, visit);
    }
  };
  /// Throws ArgumentError for an option out of range, and for nesterov without momentum.
  static void check(const Options& options);
  /// The name of v, where there is a momentum.
  static std::vector<std::string> state(const Options& options);
  /// The equations above.
  template <class Scalar>
  static void apply(const Options& options, const OptimizerStep<Scalar>& step);
  /// A bound below which no gradient makes x or v infinite; see optimizer.hpp.
  template <class Scalar>
  static Scalar harmless_gradient(const Options& options);
};

/// `Sgd<> sgd({.learning_rate = 0.1, .momentum = 0.9});`
template <class Scalar = float>
using Sgd = Optimizer<SgdRule, Scalar>;

}  // namespace unroll::inline v0
