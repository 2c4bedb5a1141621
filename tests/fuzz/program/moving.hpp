#pragma once

#include <cmath>
#include <numbers>

/// A plain evaluation of programs of ops, written without the library: what the tape is compared with.
namespace fuzzing {

/// A number and its derivative along one direction. No more than forward mode on paper; it shares nothing with the
/// library's DualNumber.
struct Moving {
  double value = 0, speed = 0;

  Moving() = default;
  Moving(double number) : value(number) {}
  Moving(double number, double derivative) : value(number), speed(derivative) {}
};

inline Moving operator+(Moving a, Moving b) { return {a.value + b.value, a.speed + b.speed}; }
inline Moving operator-(Moving a, Moving b) { return {a.value - b.value, a.speed - b.speed}; }
inline Moving operator-(Moving a) { return {-a.value, -a.speed}; }
inline Moving operator*(Moving a, Moving b) { return {a.value * b.value, a.speed * b.value + a.value * b.speed}; }
inline Moving operator/(Moving a, Moving b) {
  return {a.value / b.value, (a.speed * b.value - a.value * b.speed) / (b.value * b.value)};
}
inline Moving& operator+=(Moving& a, Moving b) { return a = a + b; }

inline Moving exp(Moving x) { return {std::exp(x.value), x.speed * std::exp(x.value)}; }
inline Moving expm1(Moving x) { return {std::expm1(x.value), x.speed * std::exp(x.value)}; }
inline Moving log(Moving x) { return {std::log(x.value), x.speed / x.value}; }
inline Moving sqrt(Moving x) { return {std::sqrt(x.value), x.speed / (2 * std::sqrt(x.value))}; }
inline Moving sin(Moving x) { return {std::sin(x.value), x.speed * std::cos(x.value)}; }
inline Moving cos(Moving x) { return {std::cos(x.value), -x.speed * std::sin(x.value)}; }
inline Moving erf(Moving x) {
  return {std::erf(x.value), x.speed * 2 / std::sqrt(std::numbers::pi) * std::exp(-x.value * x.value)};
}
inline Moving tanh(Moving x) {
  const double cosh = std::cosh(x.value);
  return {std::tanh(x.value), x.speed / (cosh * cosh)};
}
inline Moving sigmoid(Moving x) {
  const double above = std::exp(-x.value);
  return {1 / (1 + above), x.speed * above / ((1 + above) * (1 + above))};
}
/// log(1 + e^x)
inline Moving softplus(Moving x) {
  return {x.value > 30 ? x.value : std::log1p(std::exp(x.value)), x.speed / (1 + std::exp(-x.value))};
}

}  // namespace fuzzing
