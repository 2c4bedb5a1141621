#pragma once

#include <unroll/framework/module.hpp>
#include <unroll/framework/random.hpp>
#include <unroll/models/activation.hpp>
#include <unroll/ops/linear.hpp>

namespace unroll::inline v0 {

struct LinearOptions {
  std::size_t inputs, outputs;
};

/// y = x Wᵀ + b: [.., D] -> [.., H].
template <class Scalar = float>
struct Linear {
  using Options = LinearOptions;

  Parameter<Scalar> weight;  // [H, D]
  Parameter<Scalar> bias;    // [H]

  Linear() = default;
  /// Numbers drawn evenly from ±1/√D, as PyTorch does. Throws ArgumentError for sizes of 0.
  Linear(const LinearOptions& options, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit Linear(const Linear<Other>& other) : weight(other.weight), bias(other.bias) {}

  Variable<Scalar> operator()(Variable<Scalar> x, Where where = Where::current()) const {
    return linear(x, {weight, where}, bias);
  }

  static void members(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
  }
};

/// The output layer of a recurrent network, yᵢ = F(Wₒ hᵢ + bₒ), for any F from Variable to Variable:
///
///     OutputLayer output({.inputs = 128, .outputs = 10}, random, [](auto x) { return softmax(x); });
template <class Scalar = float, class F = activation::Identity>
struct OutputLayer {
  using Options = LinearOptions;

  Linear<Scalar> affine;
  [[no_unique_address]] F function;

  OutputLayer(const LinearOptions& options, const Random& random, F f = {}) : affine(options, random), function(f) {}
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit OutputLayer(const OutputLayer<Other, F>& other) : affine(other.affine), function(other.function) {}

  Variable<Scalar> operator()(Variable<Scalar> hidden, Where where = Where::current()) const {
    return function(affine(hidden, where));
  }

  static void members(auto& self, auto&& visit) { Linear<Scalar>::members(self.affine, visit); }
};

extern template struct Linear<float>;
extern template struct Linear<double>;
extern template struct Linear<DualNumber>;

}  // namespace unroll::inline v0
