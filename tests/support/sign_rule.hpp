#pragma once

#include <unroll/framework/optimizers/optimizer.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace unroll::testing {

/// A rule as a user writes it, with the least that it needs: the example of optimizer.hpp.
struct SignRule {
  static constexpr const char* name = "sign";
  struct Options {
    double learning_rate = 1e-3, weight_decay = 0;
    std::vector<OptimizerGroup> groups = {};
  };
  static void check(const Options&) {}
  static std::vector<std::string> state(const Options&) { return {}; }
  template <class Scalar>
  static void apply(const Options&, const OptimizerStep<Scalar>& step) {
    const auto rate = static_cast<Scalar>(step.learning_rate);
    for_each_element<0>(step, [=](Scalar& value, Scalar gradient) { value -= std::copysign(rate, gradient); });
  }
};

}  // namespace unroll::testing
