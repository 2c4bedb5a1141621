#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tensor/random.hpp>

namespace unroll::testing {

/// A module of two parameters, for tests of code that works on the parameters of any module.
template <class Scalar = float>
struct SmallModel {
  Parameter<Scalar> weight, bias;

  explicit SmallModel(const Shape& weight_shape = {2, 3}, const Shape& bias_shape = {3})
      : weight(normal<Scalar>(Random(3).split(0), weight_shape)),
        bias(normal<Scalar>(Random(3).split(1), bias_shape)) {}
  static void members(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
  }
};

/// Sets gradients as backward would.
template <class Scalar>
void set_gradient(Parameter<Scalar>& parameter, const Tensor<Scalar>& gradient) {
  parameter.zero_gradient();
  parameter.add_gradient(gradient);
}

}  // namespace unroll::testing
