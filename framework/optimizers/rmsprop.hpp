#pragma once

#include <unroll/framework/optimizers/optimizer.hpp>

namespace unroll::inline v0 {

/// RMSProp (Tieleman and Hinton 2012, lecture 6.5). Options add momentum and centering as in Graves 2013 (section 2.3,
/// eqs. 38-41). Epsilon is outside the root, as in PyTorch.
///
///     g' = g + weight_decay x      s = decay s + (1 - decay) g'²      centered: m = decay m + (1 - decay) g'
///     d = g' / (√(s - m²) + epsilon)      v = momentum v + d          x -= learning_rate v
struct RmsPropRule {
  static constexpr const char* name = "rmsprop";  ///< In messages and files.
  /// The settings; optimizer.hpp says what all optimizers have.
  struct Options {
    double learning_rate = 1e-2;              ///< At least 0.
    double decay = 0.99;                      ///< Of the running means; PyTorch's alpha; [0, 1).
    double epsilon = 1e-8;                    ///< At least 1e-30, which a float does not round to 0; root_epsilon.hpp.
    double momentum = 0;                      ///< [0, 1); 0 keeps no v.
    bool centered = false;                    ///< Whether to divide by the deviation; false keeps no m, and m = 0.
    double weight_decay = 0;                  ///< At least 0.
    Decayed decayed = Decayed::all;           ///< Which parameters weight_decay shrinks.
    std::vector<OptimizerGroup> groups = {};  ///< Other settings for some parameters.
    /// Calls visit(name, number) for every setting but the learning rate, and those of groups.
    void for_each_setting(auto&& visit) const {
      visit("decay", decay), visit("epsilon", epsilon), visit("momentum", momentum),
          visit("centered", centered ? 1. : 0.);
      detail::for_each_decay(*this, visit);
    }
  };
  /// Throws ArgumentError for an option out of range.
  static void check(const Options& options);
  /// The names of s, and of m and v where the options ask for them.
  static std::vector<std::string> state(const Options& options);
  /// The equations above.
  template <class Scalar>
  static void apply(const Options& options, const OptimizerStep<Scalar>& step);
  /// A bound below which no gradient makes the state infinite; see optimizer.hpp.
  template <class Scalar>
  static Scalar harmless_gradient(const Options& options);
};

/// `RmsProp<> rmsprop({.learning_rate = 0.002, .momentum = 0.9});`
template <class Scalar = float>
using RmsProp = Optimizer<RmsPropRule, Scalar>;

}  // namespace unroll::inline v0
