#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/map.hpp>

/// Every function that a lambda may use, on registers and on duals of them.
unroll::Variable<> every_function(unroll::Variable<> x) {
  return unroll::map(
      [](auto a) {
        const auto transcendental =
            exp(a) * log(a) * log1p(a) * expm1(a) * sqrt(a) * tanh(a) * erf(a) * sin(a) * cos(a);
        return where(a > 0, abs(a) * sigmoid(a) + pow(a, 2), transcendental);
      },
      x);
}

/// Conditions joined, on registers and on numbers with a derivative.
template <class Scalar>
unroll::Variable<Scalar> joined_conditions(unroll::Variable<Scalar> x) {
  return unroll::map([](auto a) { return where((a > 0) & (a < 1), a, where((a < -1) | (a > 2), 2 * a, 3 * a)); }, x);
}
template unroll::Variable<float> joined_conditions(unroll::Variable<float>);
template unroll::Variable<unroll::DualNumber> joined_conditions(unroll::Variable<unroll::DualNumber>);

/// What a tape tells is there with its header alone.
bool is_finite(unroll::Tape<>& tape) {
  const auto anomaly = tape.find_nonfinite();
  return !anomaly && to_string(tape.summary()).empty();
}
