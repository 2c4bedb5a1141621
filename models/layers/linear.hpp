#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/layers/activation.hpp>
#include <unroll/ops/linear.hpp>

namespace unroll::inline v0 {

/// The sizes of a Linear.
struct LinearOptions {
  std::size_t inputs /**< D */, outputs /**< H */;
};

/// y = x Wᵀ + b: [..., D] -> [..., H].
template <class Scalar = float>
struct Linear {
  using Options = LinearOptions;  ///< for module_from

  Parameter<Scalar> weight;  ///< [H, D]
  Parameter<Scalar> bias;    ///< [H]

  Linear() = default;
  /// Numbers drawn evenly from ±1/√D, as PyTorch does. Throws ArgumentError for sizes of 0.
  Linear(const LinearOptions& options, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit Linear(const Linear<Other>& other) : weight(other.weight), bias(other.bias) {}

  /// [..., D] -> [..., H]. Throws ShapeError for another width, and TapeError after backward.
  Variable<Scalar> operator()(Variable<Scalar> x, CallSite site = CallSite::current()) const {
    return linear(x, {weight, site}, bias);
  }

  /// Calls visit(name, member) for every member (module.hpp).
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
  using Options = LinearOptions;  ///< for module_from

  Linear<Scalar> affine;             ///< Wₒ and bₒ
  [[no_unique_address]] F function;  ///< F

  /// Weights as Linear draws them. Throws ArgumentError for sizes of 0.
  OutputLayer(const LinearOptions& options, const Random& random, F f = {}) : affine(options, random), function(f) {}
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit OutputLayer(const OutputLayer<Other, F>& other) : affine(other.affine), function(other.function) {}

  /// [..., H] -> F of [..., outputs]. Throws ShapeError for another width, and TapeError after backward.
  Variable<Scalar> operator()(Variable<Scalar> hidden, CallSite site = CallSite::current()) const {
    return function(affine(hidden, site));
  }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) { Linear<Scalar>::members(self.affine, visit); }
};

extern template struct Linear<float>;
extern template struct Linear<double>;
extern template struct Linear<DualNumber>;

}  // namespace unroll::inline v0
