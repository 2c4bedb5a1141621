#pragma once

#include <unroll/framework/optimizer.hpp>

namespace unroll::inline v0 {

/// RMSProp (Tieleman and Hinton 2012, lecture 6.5), with momentum and centred as Graves 2013 (section 2.3, eqs. 38-41)
/// when asked; epsilon outside the root, as PyTorch has it.
///
///     g' = g + weight_decay x      s = decay s + (1 - decay) g'²      centred: m = decay m + (1 - decay) g'
///     d = g' / (√(s - m²) + epsilon)      v = momentum v + d          x -= learning_rate v
struct RmsPropRule {
  static constexpr const char* name = "rmsprop";
  struct Options {
    double learning_rate = 1e-2;
    double decay = 0.99;    // of the running means; PyTorch's alpha; [0, 1)
    double epsilon = 1e-8;  // at least 1e-30: a float must not round it to 0; see root_epsilon.hpp
    double momentum = 0;    // [0, 1)
    bool centred = false;
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
using RmsProp = Optimizer<RmsPropRule, Scalar>;

}  // namespace unroll::inline v0
