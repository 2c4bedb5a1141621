#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/map_with_slope.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

// The call site is named `line` here, since the lambdas use where().

template <class Scalar>
Variable<Scalar> exp(Variable<Scalar> x, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map(
      "exp", [](auto a) { return exp(a); }, x);
}
template <class Scalar>
Variable<Scalar> log(Variable<Scalar> x, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map(
      "log", [](auto a) { return log(a); }, x);
}
template <class Scalar>
Variable<Scalar> sqrt(Variable<Scalar> x, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map(
      "sqrt", [](auto a) { return sqrt(a); }, x);
}
template <class Scalar>
Variable<Scalar> square(Variable<Scalar> x, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map(
      "square", [](auto a) { return square(a); }, x);
}
template <class Scalar>
Variable<Scalar> abs(Variable<Scalar> x, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map(
      "abs", [](auto a) { return abs(a); }, x);
}
template <class Scalar>
Variable<Scalar> pow(Variable<Scalar> x, std::type_identity_t<Scalar> exponent, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map(
      "pow", [exponent](auto a) { return pow(a, decltype(a)(exponent)); }, x);
}
template <class Scalar>
Variable<Scalar> pow(Variable<Scalar> x, Operand<Scalar> exponent) {
  const CalledFrom caller(x.tape(), exponent.site());
  return map(
      "pow", [](auto a, auto b) { return pow(a, b); }, x, exponent.on(x.tape()));
}

template <class Scalar>
Variable<Scalar> tanh(Variable<Scalar> x, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map_with_slope(
      "tanh", [](auto a) { return tanh(a); }, [](auto y) { return 1 - y * y; }, x);
}
template <class Scalar>
Variable<Scalar> sigmoid(Variable<Scalar> x, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map_with_slope(
      "sigmoid", [](auto a) { return sigmoid(a); }, [](auto y) { return y * (1 - y); }, x);
}
template <class Scalar>
Variable<Scalar> relu(Variable<Scalar> x, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map(
      "relu", [](auto a) { return relu(a); }, x);
}
template <class Scalar>
Variable<Scalar> leaky_relu(Variable<Scalar> x, std::type_identity_t<Scalar> slope, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map(
      "leaky_relu", [slope](auto a) { return leaky_relu(a, slope); }, x);
}
template <class Scalar>
Variable<Scalar> elu(Variable<Scalar> x, std::type_identity_t<Scalar> scale, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map(
      "elu", [scale](auto a) { return elu(a, scale); }, x);
}
template <class Scalar>
Variable<Scalar> softplus(Variable<Scalar> x, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map(
      "softplus", [](auto a) { return softplus(a); }, x);
}
template <class Scalar>
Variable<Scalar> gelu(Variable<Scalar> x, CallSite line) {
  const CalledFrom caller(x.tape(), line);
  return map(
      "gelu", [](auto a) { return gelu(a); }, x);
}

template <class Scalar>
Variable<Scalar> clamp(Variable<Scalar> x, std::type_identity_t<Scalar> low, std::type_identity_t<Scalar> high,
                       CallSite line) {
  const CalledFrom caller(x.tape(), line);
  if (!(low <= high))
    throw ArgumentError(
        fmt::format("clamp: [{}, {}] given, expected low <= high", detail::value_of(low), detail::value_of(high)));
  return map(
      "clamp", [low, high](auto a) { return clamp(a, low, high); }, x);
}
template <class Scalar>
Variable<Scalar> maximum(Variable<Scalar> a, Operand<Scalar> b) {
  const CalledFrom caller(a.tape(), b.site());
  return map(
      "maximum", [](auto p, auto q) { return maximum(p, q); }, a, b.on(a.tape()));
}
template <class Scalar>
Variable<Scalar> minimum(Variable<Scalar> a, Operand<Scalar> b) {
  const CalledFrom caller(a.tape(), b.site());
  return map(
      "minimum", [](auto p, auto q) { return minimum(p, q); }, a, b.on(a.tape()));
}
template <class Scalar>
Variable<Scalar> where(const Tensor<Scalar>& condition, Variable<Scalar> yes, Operand<Scalar> no) {
  Tape<Scalar>& tape = yes.tape();
  const CalledFrom caller(tape, no.site());
  return map(
      "where", [](auto c, auto p, auto q) { return where(c == 0, q, p); }, tape.constant(condition), yes, no.on(tape));
}

#define UNROLL_INSTANTIATE(Scalar)                                                                              \
  template Variable<Scalar> exp(Variable<Scalar>, CallSite);                                                    \
  template Variable<Scalar> log(Variable<Scalar>, CallSite);                                                    \
  template Variable<Scalar> sqrt(Variable<Scalar>, CallSite);                                                   \
  template Variable<Scalar> square(Variable<Scalar>, CallSite);                                                 \
  template Variable<Scalar> abs(Variable<Scalar>, CallSite);                                                    \
  template Variable<Scalar> pow(Variable<Scalar>, std::type_identity_t<Scalar>, CallSite);                      \
  template Variable<Scalar> pow(Variable<Scalar>, AnyOperand<Scalar>);                                          \
  template Variable<Scalar> tanh(Variable<Scalar>, CallSite);                                                   \
  template Variable<Scalar> sigmoid(Variable<Scalar>, CallSite);                                                \
  template Variable<Scalar> relu(Variable<Scalar>, CallSite);                                                   \
  template Variable<Scalar> leaky_relu(Variable<Scalar>, std::type_identity_t<Scalar>, CallSite);               \
  template Variable<Scalar> elu(Variable<Scalar>, std::type_identity_t<Scalar>, CallSite);                      \
  template Variable<Scalar> softplus(Variable<Scalar>, CallSite);                                               \
  template Variable<Scalar> gelu(Variable<Scalar>, CallSite);                                                   \
  template Variable<Scalar> clamp(Variable<Scalar>, std::type_identity_t<Scalar>, std::type_identity_t<Scalar>, \
                                  CallSite);                                                                    \
  template Variable<Scalar> maximum(Variable<Scalar>, AnyOperand<Scalar>);                                      \
  template Variable<Scalar> minimum(Variable<Scalar>, AnyOperand<Scalar>);                                      \
  template Variable<Scalar> where(const Tensor<Scalar>&, Variable<Scalar>, AnyOperand<Scalar>);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
