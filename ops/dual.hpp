#pragma once

#include <unroll/ops/lanes.hpp>

#include <array>
#include <cstddef>
#include <numbers>
#include <type_traits>

namespace unroll::inline v0 {

/// A value and its derivatives with respect to N inputs: forward-mode differentiation (Clifford 1871; Griewank and
/// Walther 2008, chapter 3). Value is a plain number or Lanes. Each function below states its derivative once.
template <class Value, std::size_t N>
struct Dual {
  Value value;
  std::array<Value, N> partial{};

  Dual() = default;
  Dual(Value constant) : value(constant) { partial.fill(Value(0)); }
  template <class Number>
  requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, Value>) Dual(Number constant)
      : Dual(Value(constant)) {}

  /// Input number `index`: its derivative with respect to itself is 1.
  static Dual variable(Value value, std::size_t index) {
    Dual result(value);
    result.partial[index] = Value(1);
    return result;
  }

  /// f(x) given f and f' at x: the chain rule.
  friend Dual chain(const Dual& x, Value f, Value derivative) {
    Dual result(f);
    for (std::size_t i = 0; i < N; ++i) result.partial[i] = derivative * x.partial[i];
    return result;
  }

  friend Dual operator+(const Dual& a, const Dual& b) {
    Dual result(a.value + b.value);
    for (std::size_t i = 0; i < N; ++i) result.partial[i] = a.partial[i] + b.partial[i];
    return result;
  }
  friend Dual operator-(const Dual& a, const Dual& b) {
    Dual result(a.value - b.value);
    for (std::size_t i = 0; i < N; ++i) result.partial[i] = a.partial[i] - b.partial[i];
    return result;
  }
  friend Dual operator*(const Dual& a, const Dual& b) {
    Dual result(a.value * b.value);
    for (std::size_t i = 0; i < N; ++i) result.partial[i] = a.partial[i] * b.value + a.value * b.partial[i];
    return result;
  }
  friend Dual operator/(const Dual& a, const Dual& b) {
    const Value inverse = Value(1) / b.value, quotient = a.value / b.value;
    Dual result(quotient);
    for (std::size_t i = 0; i < N; ++i) result.partial[i] = (a.partial[i] - quotient * b.partial[i]) * inverse;
    return result;
  }
  friend Dual operator-(const Dual& a) { return chain(a, -a.value, Value(-1)); }
  friend Dual& operator+=(Dual& a, const Dual& b) { return a = a + b; }
  friend Dual& operator-=(Dual& a, const Dual& b) { return a = a - b; }
  friend Dual& operator*=(Dual& a, const Dual& b) { return a = a * b; }

  friend auto operator<(const Dual& a, const Dual& b) { return a.value < b.value; }
  friend auto operator>(const Dual& a, const Dual& b) { return a.value > b.value; }
  friend auto operator<=(const Dual& a, const Dual& b) { return a.value <= b.value; }
  friend auto operator>=(const Dual& a, const Dual& b) { return a.value >= b.value; }

  friend Dual exp(const Dual& x) {
    using std::exp;
    const Value f = exp(x.value);
    return chain(x, f, f);
  }
  friend Dual log(const Dual& x) {
    using std::log;
    return chain(x, log(x.value), Value(1) / x.value);
  }
  friend Dual log1p(const Dual& x) {
    using std::log1p;
    return chain(x, log1p(x.value), Value(1) / (Value(1) + x.value));
  }
  friend Dual sqrt(const Dual& x) {
    using std::sqrt;
    const Value f = sqrt(x.value);
    return chain(x, f, Value(0.5) / f);
  }
  /// The derivative at 0 is 0.
  friend Dual abs(const Dual& x) {
    using std::abs;
    const Value sign = where(x.value > Value(0), Value(1), where(x.value < Value(0), Value(-1), Value(0)));
    return chain(x, abs(x.value), sign);
  }
  friend Dual tanh(const Dual& x) {
    using std::tanh;
    const Value f = tanh(x.value);
    return chain(x, f, Value(1) - f * f);
  }
  friend Dual sigmoid(const Dual& x) {
    const Value f = unroll::sigmoid(x.value);
    return chain(x, f, f * (Value(1) - f));
  }
  friend Dual erf(const Dual& x) {
    using std::erf, std::exp;
    return chain(x, erf(x.value), Value(2 * std::numbers::inv_sqrtpi) * exp(-(x.value * x.value)));
  }
  friend Dual sin(const Dual& x) {
    using std::sin, std::cos;
    return chain(x, sin(x.value), cos(x.value));
  }
  friend Dual cos(const Dual& x) {
    using std::sin, std::cos;
    return chain(x, cos(x.value), -sin(x.value));
  }
  /// d x^y = y x^(y-1) dx + x^y log x dy, where log x counts only where x > 0: a constant exponent may have x <= 0.
  friend Dual pow(const Dual& x, const Dual& y) {
    using std::abs, std::pow, std::log;
    const Value f = pow(x.value, y.value), slope = y.value * pow(x.value, y.value - Value(1));
    const Value by_base = where(abs(y.value) > Value(0), slope, Value(0));  // x^0 is 1, at x = 0 too
    const Value by_exponent = f * log(where(x.value > Value(0), x.value, Value(1)));
    Dual result(f);
    for (std::size_t i = 0; i < N; ++i) result.partial[i] = by_base * x.partial[i] + by_exponent * y.partial[i];
    return result;
  }
  friend Dual where(decltype(Value() < Value()) condition, const Dual& yes, const Dual& no) {
    Dual result(where(condition, yes.value, no.value));
    for (std::size_t i = 0; i < N; ++i) result.partial[i] = where(condition, yes.partial[i], no.partial[i]);
    return result;
  }
};

}  // namespace unroll::inline v0
