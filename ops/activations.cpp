#include <unroll/framework/error.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/map.hpp>

#include <fmt/format.h>

#include <numbers>

namespace unroll::inline v0 {

template <class Scalar>
Variable<Scalar> exp(Variable<Scalar> x) {
  return map(
      "exp", [](auto a) { return exp(a); }, x);
}
template <class Scalar>
Variable<Scalar> log(Variable<Scalar> x) {
  return map(
      "log", [](auto a) { return log(a); }, x);
}
template <class Scalar>
Variable<Scalar> sqrt(Variable<Scalar> x) {
  return map(
      "sqrt", [](auto a) { return sqrt(a); }, x);
}
template <class Scalar>
Variable<Scalar> square(Variable<Scalar> x) {
  return map(
      "square", [](auto a) { return a * a; }, x);
}
template <class Scalar>
Variable<Scalar> abs(Variable<Scalar> x) {
  return map(
      "abs", [](auto a) { return abs(a); }, x);
}
template <class Scalar>
Variable<Scalar> pow(Variable<Scalar> x, std::type_identity_t<Scalar> exponent) {
  return map(
      "pow", [exponent](auto a) { return pow(a, decltype(a)(exponent)); }, x);
}
template <class Scalar>
Variable<Scalar> pow(Variable<Scalar> x, Operand<Scalar> exponent) {
  return map(
      "pow", [](auto a, auto b) { return pow(a, b); }, x, exponent.on(x.tape()));
}

template <class Scalar>
Variable<Scalar> tanh(Variable<Scalar> x) {
  return map(
      "tanh", [](auto a) { return tanh(a); }, x);
}
template <class Scalar>
Variable<Scalar> sigmoid(Variable<Scalar> x) {
  return map(
      "sigmoid", [](auto a) { return sigmoid(a); }, x);
}
template <class Scalar>
Variable<Scalar> relu(Variable<Scalar> x) {
  return map(
      "relu", [](auto a) { return where(a <= 0, decltype(a)(0), a); }, x);
}
template <class Scalar>
Variable<Scalar> leaky_relu(Variable<Scalar> x, std::type_identity_t<Scalar> slope) {
  return map(
      "leaky_relu", [slope](auto a) { return where(a > 0, a, slope * a); }, x);
}
template <class Scalar>
Variable<Scalar> elu(Variable<Scalar> x, std::type_identity_t<Scalar> scale) {
  return map(
      "elu", [scale](auto a) { return where(a > 0, a, scale * (exp(a) - 1)); }, x);
}
template <class Scalar>
Variable<Scalar> softplus(Variable<Scalar> x) {
  // log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
  return map(
      "softplus", [](auto a) { return where(a > 0, a, decltype(a)(0)) + log1p(exp(where(a > 0, -a, a))); }, x);
}
template <class Scalar>
Variable<Scalar> gelu(Variable<Scalar> x) {
  return map(
      "gelu", [](auto a) { return 0.5 * a * (1 + erf(a * (1 / std::numbers::sqrt2))); }, x);
}

template <class Scalar>
Variable<Scalar> clamp(Variable<Scalar> x, std::type_identity_t<Scalar> low, std::type_identity_t<Scalar> high) {
  if (!(low <= high))
    throw ArgumentError(
        fmt::format("clamp: [{}, {}] given, expected low <= high", detail::value_of(low), detail::value_of(high)));
  return map(
      "clamp", [low, high](auto a) { return where(a < low, decltype(a)(low), where(a > high, decltype(a)(high), a)); },
      x);
}
// No comparison holds for NaN, but a sum passes it on.
template <class Scalar>
Variable<Scalar> maximum(Variable<Scalar> a, Operand<Scalar> b) {
  return map(
      "maximum", [](auto p, auto q) { return where(q > p, q, where(p >= q, p, p + q)); }, a, b.on(a.tape()));
}
template <class Scalar>
Variable<Scalar> minimum(Variable<Scalar> a, Operand<Scalar> b) {
  return map(
      "minimum", [](auto p, auto q) { return where(q < p, q, where(p <= q, p, p + q)); }, a, b.on(a.tape()));
}
template <class Scalar>
Variable<Scalar> where(const Tensor<Scalar>& condition, Variable<Scalar> yes, Operand<Scalar> no) {
  Tape<Scalar>& tape = yes.tape();
  return map(
      "where", [](auto c, auto p, auto q) { return where(abs(c) <= 0, q, p); }, tape.constant(condition), yes,
      no.on(tape));
}

#define UNROLL_INSTANTIATE(Scalar)                                                                               \
  template Variable<Scalar> exp(Variable<Scalar>);                                                               \
  template Variable<Scalar> log(Variable<Scalar>);                                                               \
  template Variable<Scalar> sqrt(Variable<Scalar>);                                                              \
  template Variable<Scalar> square(Variable<Scalar>);                                                            \
  template Variable<Scalar> abs(Variable<Scalar>);                                                               \
  template Variable<Scalar> pow(Variable<Scalar>, std::type_identity_t<Scalar>);                                 \
  template Variable<Scalar> pow(Variable<Scalar>, AnyOperand<Scalar>);                                           \
  template Variable<Scalar> tanh(Variable<Scalar>);                                                              \
  template Variable<Scalar> sigmoid(Variable<Scalar>);                                                           \
  template Variable<Scalar> relu(Variable<Scalar>);                                                              \
  template Variable<Scalar> leaky_relu(Variable<Scalar>, std::type_identity_t<Scalar>);                          \
  template Variable<Scalar> elu(Variable<Scalar>, std::type_identity_t<Scalar>);                                 \
  template Variable<Scalar> softplus(Variable<Scalar>);                                                          \
  template Variable<Scalar> gelu(Variable<Scalar>);                                                              \
  template Variable<Scalar> clamp(Variable<Scalar>, std::type_identity_t<Scalar>, std::type_identity_t<Scalar>); \
  template Variable<Scalar> maximum(Variable<Scalar>, AnyOperand<Scalar>);                                       \
  template Variable<Scalar> minimum(Variable<Scalar>, AnyOperand<Scalar>);                                       \
  template Variable<Scalar> where(const Tensor<Scalar>&, Variable<Scalar>, AnyOperand<Scalar>);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
