#pragma once

#include <unroll/ops/kernels/dual.hpp>
#include <unroll/ops/kernels/lanes.hpp>

#include <cmath>
#include <concepts>
#include <numbers>
#include <type_traits>

/// The element-wise functions that are made of others, each stated once: for the numbers that a lambda given to `map`
/// works on, and so for the ops of the same names (activations.hpp), which are such lambdas.
namespace unroll::inline v0 {

namespace detail {
template <class Type>
struct IsLambdaNumber : std::bool_constant<std::floating_point<Type> || std::is_same_v<Type, DualNumber>> {};
template <class Scalar, class Arch>
struct IsLambdaNumber<Lanes<Scalar, Arch>> : std::true_type {};
template <class Value, std::size_t n>
struct IsLambdaNumber<Dual<Value, n>> : std::true_type {};
}  // namespace detail

/// The numbers with which `map` calls a lambda, Lanes or Dual of Lanes; and plain numbers, to try a lambda by hand.
template <class Type>
concept LambdaNumber = detail::IsLambdaNumber<Type>::value;

template <LambdaNumber Number>
Number square(Number x) {
  return x * x;
}

/// max(0, x); the slope at 0 is 0.
template <LambdaNumber Number>
Number relu(Number x) {
  return where(x <= 0, Number(0), x);
}
/// x where x > 0, slope * x elsewhere (Maas et al. 2013).
template <LambdaNumber Number>
Number leaky_relu(Number x, std::type_identity_t<Number> slope = Number(0.01)) {
  return where(x > 0, x, slope * x);
}
/// x where x > 0, scale * (e^x - 1) elsewhere (Clevert et al. 2015).
template <LambdaNumber Number>
Number elu(Number x, std::type_identity_t<Number> scale = Number(1)) {
  using std::expm1;  // e^x - 1 of a small x would be 0
  return where(x > 0, x, scale * expm1(x));
}
/// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), safe from overflow.
template <LambdaNumber Number>
Number softplus(Number x) {
  using std::exp, std::log1p;
  return where(x > 0, x, Number(0)) + log1p(exp(where(x > 0, -x, x)));
}
/// x Φ(x) with the normal distribution's Φ (Hendrycks and Gimpel 2016).
template <LambdaNumber Number>
Number gelu(Number x) {
  using std::erf;
  return Number(0.5) * x * (1 + erf(x * Number(1 / std::numbers::sqrt2)));
}

/// x held within [low, high]; its slope is 0 outside.
template <LambdaNumber Number>
Number clamp(Number x, std::type_identity_t<Number> low, std::type_identity_t<Number> high) {
  return where(x < low, low, where(x > high, high, x));
}

/// The larger and the smaller of two; where they are equal, the slope is that of the first. No comparison holds for
/// NaN, but a sum passes it on.
template <LambdaNumber Number>
Number maximum(Number a, std::type_identity_t<Number> b) {
  return where(b > a, b, where(a >= b, a, a + b));
}
template <LambdaNumber Number>
Number minimum(Number a, std::type_identity_t<Number> b) {
  return where(b < a, b, where(a <= b, a, a + b));
}
template <class Constant, LambdaNumber Number>
requires(std::is_arithmetic_v<Constant> && !std::is_arithmetic_v<Number>) Number maximum(Constant a, Number b) {
  return maximum(Number(a), b);
}
template <class Constant, LambdaNumber Number>
requires(std::is_arithmetic_v<Constant> && !std::is_arithmetic_v<Number>) Number minimum(Constant a, Number b) {
  return minimum(Number(a), b);
}

}  // namespace unroll::inline v0
