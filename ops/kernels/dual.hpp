#pragma once

#include <unroll/ops/kernels/lanes.hpp>

#include <array>
#include <cstddef>
#include <numbers>
#include <type_traits>
#include <utility>

namespace unroll::inline v0 {

/// A derivative, or none. None stands for a derivative that is zero for all numbers, such as that of one input by
/// another. Within a lambda the compiler sees which ones are none, and leaves out all arithmetic with them; with seven
/// inputs most are. None also keeps 0 times an infinite slope from becoming NaN.
template <class Value>
struct Slope {
  Value value{0};
  bool none = true;

  Slope() = default;
  Slope(Value slope) : value(slope), none(false) {}

  friend Slope times(const Value& factor, const Slope& slope) {
    return slope.none ? slope : Slope(factor * slope.value);
  }
  friend Slope sum(const Slope& a, const Slope& b) { return a.none ? b : b.none ? a : Slope(a.value + b.value); }
  friend Slope choose(const auto& condition, const Slope& yes, const Slope& no) {
    return yes.none && no.none ? yes : Slope(where(condition, yes.value, no.value));
  }
};

/// A value and its derivatives with respect to N inputs: forward-mode differentiation (Clifford 1871; Griewank and
/// Walther 2008, chapter 3). Value is a plain number or Lanes. Each function below states its derivative once.
template <class Value, std::size_t N>
struct Dual {
  Value value;
  std::array<Value, N> partial;
  unsigned known = 0;  // bit i: the derivative by input i is not none

  static_assert(N <= 32);
  Dual() = default;
  Dual(Value constant) : value(constant) { partial.fill(Value(0)); }
  template <class Number>
  requires(std::is_convertible_v<Number, Value> && !std::is_same_v<Number, Value>) Dual(Number constant)
      : Dual(Value(constant)) {}

  /// Input number `index`: its derivative with respect to itself is 1.
  static Dual variable(Value value, std::size_t index) {
    Dual result(value);
    result.partial[index] = Value(1);
    result.known = 1u << index;
    return result;
  }
  /// A value whose derivative by input i is slope(i). It has no loop: the compiler must know i to know which are none.
  template <class SlopeOf>
  static Dual with(Value value, const SlopeOf& slope_of) {
    Dual result(value);
    const auto set = [&](std::size_t i, const Slope<Value>& slope) {
      result.partial[i] = slope.value;
      result.known |= slope.none ? 0u : 1u << i;
    };
    [&]<std::size_t... i>(std::index_sequence<i...>) { (set(i, slope_of(i)), ...); }
    (std::make_index_sequence<N>());
    return result;
  }
  /// The derivative by input i.
  Slope<Value> by(std::size_t i) const { return (known >> i & 1u) == 0 ? Slope<Value>() : Slope<Value>(partial[i]); }

  /// f(x) given f and f' at x: the chain rule.
  friend Dual chain(const Dual& x, Value f, Value derivative) {
    return with(f, [&](std::size_t i) { return times(derivative, x.by(i)); });
  }

  friend Dual operator+(const Dual& a, const Dual& b) {
    return with(a.value + b.value, [&](std::size_t i) { return sum(a.by(i), b.by(i)); });
  }
  friend Dual operator-(const Dual& a, const Dual& b) {
    return with(a.value - b.value, [&](std::size_t i) { return sum(a.by(i), times(Value(-1), b.by(i))); });
  }
  friend Dual operator*(const Dual& a, const Dual& b) {
    return with(a.value * b.value,
                [&](std::size_t i) { return sum(times(b.value, a.by(i)), times(a.value, b.by(i))); });
  }
  friend Dual operator/(const Dual& a, const Dual& b) {
    const Value inverse = Value(1) / b.value, quotient = a.value / b.value;
    return with(quotient, [&](std::size_t i) { return times(inverse, sum(a.by(i), times(-quotient, b.by(i)))); });
  }
  friend Dual operator-(const Dual& a) { return chain(a, -a.value, Value(-1)); }
  friend Dual& operator+=(Dual& a, const Dual& b) { return a = a + b; }
  friend Dual& operator-=(Dual& a, const Dual& b) { return a = a - b; }
  friend Dual& operator*=(Dual& a, const Dual& b) { return a = a * b; }

  friend auto operator<(const Dual& a, const Dual& b) { return a.value < b.value; }
  friend auto operator>(const Dual& a, const Dual& b) { return a.value > b.value; }
  friend auto operator<=(const Dual& a, const Dual& b) { return a.value <= b.value; }
  friend auto operator>=(const Dual& a, const Dual& b) { return a.value >= b.value; }
  friend auto operator==(const Dual& a, const Dual& b) { return a.value == b.value; }
  friend auto operator!=(const Dual& a, const Dual& b) { return a.value != b.value; }

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
  friend Dual expm1(const Dual& x) {
    using std::exp, std::expm1;
    return chain(x, expm1(x.value), exp(x.value));
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
    // x^0 is 1, at x = 0 too. Elsewhere its slope, 0, changes with the exponent: a second derivative.
    const Value of_zeroth = where(abs(x.value) > Value(1e-30), slope, Value(0));
    const Value by_base = where(abs(y.value) > Value(0), slope, of_zeroth);
    const Value by_exponent = f * log(where(x.value > Value(0), x.value, Value(1)));
    return with(f, [&](std::size_t i) { return sum(times(by_base, x.by(i)), times(by_exponent, y.by(i))); });
  }
  friend Dual where(decltype(Value() < Value()) condition, const Dual& yes, const Dual& no) {
    return with(where(condition, yes.value, no.value),
                [&](std::size_t i) { return choose(condition, yes.by(i), no.by(i)); });
  }
};

}  // namespace unroll::inline v0
