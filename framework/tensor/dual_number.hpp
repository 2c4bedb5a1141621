#pragma once

#include <cmath>
#include <concepts>
#include <numbers>
#include <type_traits>

namespace unroll::inline v0 {

/// A number and its derivative in one direction: v + t ε with ε² = 0 (Clifford 1871; Griewank and Walther 2008,
/// "Evaluating Derivatives", chapter 3). It is a scalar as float and double are: Tensor, Tape, every op and every model
/// are compiled for it. Their values are then forward mode (∂f along the tangents of the inputs), and backward computes
/// forward over reverse: gradients, whose tangents are Hessian-vector products (Pearlmutter 1994). Use derivatives.hpp
/// for both.
///
/// Comparisons look at values alone, so that a program takes the same branches as with doubles. A tangent of 0 stays 0
/// under an infinite slope (but not in products of matrices: ops/products/dual_product.cpp).
struct DualNumber {
  double value = 0,  ///< v
      tangent = 0;   ///< t

  /// 0, a constant.
  constexpr DualNumber() = default;
  /// number + slope ε
  constexpr DualNumber(double number, double slope) : value(number), tangent(slope) {}
  /// A constant, with tangent 0.
  template <class Number>
  requires std::is_arithmetic_v<Number>
  constexpr DualNumber(Number constant) : value(static_cast<double>(constant)) {}

  /// f(x) given f and f' at x: the chain rule.
  friend DualNumber chain(DualNumber x, double f, double slope) { return {f, along(slope, x.tangent)}; }

  /// Arithmetic, and its derivatives.
  /// @{
  friend DualNumber operator+(DualNumber a, DualNumber b) { return {a.value + b.value, a.tangent + b.tangent}; }
  friend DualNumber operator-(DualNumber a, DualNumber b) { return {a.value - b.value, a.tangent - b.tangent}; }
  friend DualNumber operator*(DualNumber a, DualNumber b) {
    return {a.value * b.value, along(b.value, a.tangent) + along(a.value, b.tangent)};
  }
  friend DualNumber operator/(DualNumber a, DualNumber b) {
    const double quotient = a.value / b.value;
    return {quotient, along(1 / b.value, a.tangent) - along(quotient / b.value, b.tangent)};
  }
  friend DualNumber operator-(DualNumber a) { return {-a.value, -a.tangent}; }
  friend DualNumber& operator+=(DualNumber& a, DualNumber b) { return a = a + b; }
  friend DualNumber& operator-=(DualNumber& a, DualNumber b) { return a = a - b; }
  friend DualNumber& operator*=(DualNumber& a, DualNumber b) { return a = a * b; }
  friend DualNumber& operator/=(DualNumber& a, DualNumber b) { return a = a / b; }
  /// @}

  /// Of the values alone.
  /// @{
  friend bool operator<(DualNumber a, DualNumber b) { return a.value < b.value; }
  friend bool operator>(DualNumber a, DualNumber b) { return a.value > b.value; }
  friend bool operator<=(DualNumber a, DualNumber b) { return a.value <= b.value; }
  friend bool operator>=(DualNumber a, DualNumber b) { return a.value >= b.value; }
  friend bool operator==(DualNumber a, DualNumber b) { return a.value == b.value; }
  friend bool isinf(DualNumber x) { return std::isinf(x.value); }
  /// @}

  /// The function of this name, and its derivative.
  /// @{
  friend DualNumber exp(DualNumber x) { return chain(x, std::exp(x.value), std::exp(x.value)); }
  friend DualNumber log(DualNumber x) { return chain(x, std::log(x.value), 1 / x.value); }
  friend DualNumber log1p(DualNumber x) { return chain(x, std::log1p(x.value), 1 / (1 + x.value)); }
  friend DualNumber expm1(DualNumber x) { return chain(x, std::expm1(x.value), std::exp(x.value)); }
  friend DualNumber sqrt(DualNumber x) { return chain(x, std::sqrt(x.value), 0.5 / std::sqrt(x.value)); }
  /// @}
  /// The derivative at 0 is 0.
  friend DualNumber abs(DualNumber x) { return chain(x, std::abs(x.value), x.value > 0 ? 1 : x.value < 0 ? -1 : 0); }
  /// The function of this name, and its derivative.
  /// @{
  friend DualNumber tanh(DualNumber x) {
    const double f = std::tanh(x.value);
    return chain(x, f, 1 - f * f);
  }
  friend DualNumber erf(DualNumber x) {
    return chain(x, std::erf(x.value), 2 * std::numbers::inv_sqrtpi * std::exp(-x.value * x.value));
  }
  friend DualNumber sin(DualNumber x) { return chain(x, std::sin(x.value), std::cos(x.value)); }
  friend DualNumber cos(DualNumber x) { return chain(x, std::cos(x.value), -std::sin(x.value)); }
  /// @}
  /// d x^y = y x^(y-1) dx + x^y log x dy, where log x counts only where x > 0; x^0 is 1, at x = 0 too.
  friend DualNumber pow(DualNumber x, DualNumber y) {
    const double f = std::pow(x.value, y.value);
    const double by_base = y.value == 0 ? 0 : y.value * std::pow(x.value, y.value - 1);
    return {f, along(by_base, x.tangent) + along(f * std::log(x.value > 0 ? x.value : 1), y.tangent)};
  }
  /// One of two, with its derivative.
  friend DualNumber where(bool condition, DualNumber yes, DualNumber no) { return condition ? yes : no; }

 private:
  static double along(double slope, double tangent) { return tangent == 0 ? 0 : slope * tangent; }
};

static_assert(std::is_trivially_copyable_v<DualNumber> && sizeof(DualNumber) == 16);

/// 1 / (1 + e^-x)
inline DualNumber sigmoid(DualNumber x) {
  const double f = 1 / (1 + std::exp(-x.value));
  return chain(x, f, f * (1 - f));
}

namespace detail {

/// A number without its tangent, for messages.
inline double value_of(DualNumber x) { return x.value; }
template <std::floating_point Number>
Number value_of(Number x) {
  return x;
}

/// The type in which sums of many Scalars are accumulated.
template <class Scalar>
using Accumulator = std::conditional_t<std::is_same_v<Scalar, DualNumber>, DualNumber, double>;

}  // namespace detail

}  // namespace unroll::inline v0
