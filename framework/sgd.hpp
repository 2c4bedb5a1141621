#pragma once

#include <unroll/framework/optimizer.hpp>

namespace unroll::inline v0 {

/// Stochastic gradient descent, plain, with momentum (Polyak 1964; Sutskever et al. 2013) or with Nesterov's. As
/// PyTorch's SGD without dampening: the learning rate multiplies the velocity when it is used, not when it is summed.
///
///     g' = g + weight_decay x      v = momentum v + g'      x -= learning_rate v
///     with Nesterov:                                        x -= learning_rate (g' + momentum v)
struct SgdRule {
  static constexpr const char* name = "sgd";
  struct Options {
    double learning_rate = 1e-3;
    double momentum = 0;    // [0, 1)
    bool nesterov = false;  // needs a momentum
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
using Sgd = Optimizer<SgdRule, Scalar>;

}  // namespace unroll::inline v0
