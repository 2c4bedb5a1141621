#pragma once

#include <unroll/framework/optimizers/optimizer.hpp>

namespace unroll::inline v0 {

/// Adam (Kingma and Ba 2015, algorithm 1). Weight decay is added to the gradient; AdamW has the other kind.
///
///     g' = g + weight_decay x      m = beta_1 m + (1 - beta_1) g'      s = beta_2 s + (1 - beta_2) g'²
///     x -= learning_rate m̂ / (√ŝ + epsilon)      with m̂ = m / (1 - beta_1ᵗ), ŝ = s / (1 - beta_2ᵗ)
///
/// t counts the steps of each parameter by itself, and leaves out those in which it had no gradient.
struct AdamRule {
  static constexpr const char* name = "adam";  ///< In messages and files.
  /// The settings; optimizer.hpp says what all optimizers have.
  struct Options {
    double learning_rate = 1e-3;              ///< At least 0.
    double beta_1 = 0.9;                      ///< Decay of the mean m; [0, 1).
    double beta_2 = 0.999;                    ///< Decay of the mean of squares s; [0, 1).
    double epsilon = 1e-8;                    ///< At least 1e-30, which a float does not round to 0; root_epsilon.hpp.
    double weight_decay = 0;                  ///< At least 0.
    Decayed decayed = Decayed::all;           ///< Which parameters weight_decay shrinks.
    std::vector<OptimizerGroup> groups = {};  ///< Other settings for some parameters.
    /// Calls visit(name, number) for every setting but the learning rate, and those of groups.
    void for_each_setting(auto&& visit) const {
      visit("beta_1", beta_1), visit("beta_2", beta_2), visit("epsilon", epsilon);
      detail::for_each_decay(*this, visit);
    }
  };
  /// Throws ArgumentError for an option out of range.
  static void check(const Options& options);
  /// The names of m and s.
  static std::vector<std::string> state(const Options& options);
  /// The equations above.
  template <class Scalar>
  static void apply(const Options& options, const OptimizerStep<Scalar>& step);
  /// A bound below which no gradient makes m or s infinite; see optimizer.hpp.
  template <class Scalar>
  static Scalar harmless_gradient(const Options& options);
};

/// AdamW (Loshchilov and Hutter 2019): Adam whose weight decay is decoupled from the moments. As in PyTorch, the
/// learning rate multiplies it:   x *= 1 - learning_rate weight_decay   before Adam's step.
struct AdamWRule {
  static constexpr const char* name = "adamw";  ///< In messages and files.
  /// Adam's settings, with another default of the weight decay.
  struct Options {
    double learning_rate = 1e-3;              ///< At least 0.
    double beta_1 = 0.9;                      ///< Decay of the mean m; [0, 1).
    double beta_2 = 0.999;                    ///< Decay of the mean of squares s; [0, 1).
    double epsilon = 1e-8;                    ///< At least 1e-30.
    double weight_decay = 1e-2;               ///< At least 0.
    Decayed decayed = Decayed::all;           ///< Which parameters weight_decay shrinks.
    std::vector<OptimizerGroup> groups = {};  ///< Other settings for some parameters.
    /// Calls visit(name, number) for every setting but the learning rate, and those of groups.
    void for_each_setting(auto&& visit) const {
      visit("beta_1", beta_1), visit("beta_2", beta_2), visit("epsilon", epsilon);
      detail::for_each_decay(*this, visit);
    }
  };
  /// Throws ArgumentError for an option out of range.
  static void check(const Options& options);
  /// The names of m and s.
  static std::vector<std::string> state(const Options& options);
  /// The equations above.
  template <class Scalar>
  static void apply(const Options& options, const OptimizerStep<Scalar>& step);
  /// A bound below which no gradient makes m or s infinite; see optimizer.hpp.
  template <class Scalar>
  static Scalar harmless_gradient(const Options& options);
};

/// `Adam<> adam({.learning_rate = 0.004});`
template <class Scalar = float>
using Adam = Optimizer<AdamRule, Scalar>;
/// `AdamW<> adamw({.learning_rate = 0.004, .weight_decay = 0.1});`
template <class Scalar = float>
using AdamW = Optimizer<AdamWRule, Scalar>;

}  // namespace unroll::inline v0
