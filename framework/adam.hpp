#pragma once

#include <unroll/framework/optimizer.hpp>

namespace unroll::inline v0 {

/// Adam (Kingma and Ba 2015, algorithm 1). Weight decay is added to the gradient; AdamW has the other kind.
///
///     g' = g + weight_decay x      m = beta_1 m + (1 - beta_1) g'      s = beta_2 s + (1 - beta_2) g'²
///     x -= learning_rate m̂ / (√ŝ + epsilon)      with m̂ = m / (1 - beta_1ᵗ), ŝ = s / (1 - beta_2ᵗ)
///
/// t counts the steps of each parameter: one that had no gradient for a while is not taken for older than it is.
struct AdamRule {
  static constexpr const char* name = "adam";
  struct Options {
    double learning_rate = 1e-3;
    double beta_1 = 0.9;    // [0, 1)
    double beta_2 = 0.999;  // [0, 1)
    double epsilon = 1e-8;  // at least 1e-30: a float must not round it to 0; see root_epsilon.hpp
    double weight_decay = 0;
    Decayed decayed = Decayed::all;
    std::vector<OptimizerGroup> groups = {};
  };
  static void check(const Options& options);
  static std::vector<std::string> state(const Options& options);
  template <class Scalar>
  static void apply(const Options& options, const OptimizerStep<Scalar>& step);
  /// See optimizer.hpp.
  template <class Scalar>
  static Scalar harmless_gradient(const Options& options);
};

/// AdamW (Loshchilov and Hutter 2019): Adam whose weight decay is decoupled from the moments; as PyTorch's, it is
/// multiplied by the learning rate:   x *= 1 - learning_rate weight_decay   before Adam's step.
struct AdamWRule {
  static constexpr const char* name = "adamw";
  struct Options {
    double learning_rate = 1e-3;
    double beta_1 = 0.9;
    double beta_2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 1e-2;
    Decayed decayed = Decayed::all;
    std::vector<OptimizerGroup> groups = {};
  };
  static void check(const Options& options);
  static std::vector<std::string> state(const Options& options);
  template <class Scalar>
  static void apply(const Options& options, const OptimizerStep<Scalar>& step);
  /// See optimizer.hpp.
  template <class Scalar>
  static Scalar harmless_gradient(const Options& options);
};

template <class Scalar = float>
using Adam = Optimizer<AdamRule, Scalar>;
template <class Scalar = float>
using AdamW = Optimizer<AdamWRule, Scalar>;

}  // namespace unroll::inline v0
