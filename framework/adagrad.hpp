#pragma once

#include <unroll/framework/optimizer.hpp>

namespace unroll::inline v0 {

/// Adagrad (Duchi, Hazan and Singer 2011): each number has its own rate, falling with the squares that it has seen.
///
///     g' = g + weight_decay x      s = s + g'²      x -= learning_rate g' / (√s + epsilon)
struct AdagradRule {
  static constexpr const char* name = "adagrad";
  struct Options {
    double learning_rate = 1e-2;
    double epsilon = 1e-10;  // at least 1e-30: a float must not round it to 0; see root_epsilon.hpp
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

template <class Scalar = float>
using Adagrad = Optimizer<AdagradRule, Scalar>;

}  // namespace unroll::inline v0
