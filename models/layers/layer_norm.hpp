#pragma once

#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tape/module.hpp>
#include <unroll/ops/layer_norm.hpp>

namespace unroll::inline v0 {

/// Brings the last axis to mean 0 and variance 1, then scales and shifts it (Ba et al. 2016).
template <class Scalar = float>
struct LayerNorm {
  Parameter<Scalar> weight;  ///< [H], the gain
  Parameter<Scalar> bias;    ///< [H]
  double epsilon = 1e-5;     ///< added to the variance; larger, it damps rows that hardly vary

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

  /// [..., H] -> [..., H]. Throws ShapeError for another width, ArgumentError unless epsilon is above 0.
  Variable<Scalar> operator()(Variable<Scalar> x, CallSite site = CallSite::current()) const {
    return layer_norm(x, {weight, site}, bias, epsilon);
  }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
  }
};

}  // namespace unroll::inline v0
