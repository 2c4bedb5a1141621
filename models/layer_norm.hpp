#pragma once

#include <unroll/framework/module.hpp>
#include <unroll/models/sizes.hpp>
#include <unroll/ops/layer_norm.hpp>

namespace unroll::inline v0 {

/// Brings the last axis to mean 0 and variance 1, then scales and shifts it (Ba et al. 2016).
template <class Scalar = float>
struct LayerNorm {
  Parameter<Scalar> weight;  // [H], the gain
  Parameter<Scalar> bias;    // [H]
  double epsilon = 1e-5;

  LayerNorm() = default;
  /// A gain of 1 and a bias of 0. Throws ArgumentError for a width of 0.
  explicit LayerNorm(std::size_t width) {
    expect_sizes("LayerNorm", {{"width", width}});
    weight = Parameter(Tensor<Scalar>({width}, Scalar(1)));
    bias = Parameter(Tensor<Scalar>({width}));
  }
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit LayerNorm(const LayerNorm<Other>& other) : weight(other.weight), bias(other.bias), epsilon(other.epsilon) {}

  Variable<Scalar> operator()(Variable<Scalar> x, Where where = Where::current()) const {
    return layer_norm(x, {weight, where}, bias, epsilon);
  }

  static void members(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
  }
};

}  // namespace unroll::inline v0
