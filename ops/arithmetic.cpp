#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/map.hpp>

namespace unroll::inline v0 {

template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> left, Operand<Scalar> right) {
  return map(
      "+", [](auto a, auto b) { return a + b; }, left, right.on(left.tape()));
}
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> left, Operand<Scalar> right) {
  return map(
      "-", [](auto a, auto b) { return a - b; }, left, right.on(left.tape()));
}
template <class Scalar>
Variable<Scalar> operator*(Variable<Scalar> left, Operand<Scalar> right) {
  return map(
      "*", [](auto a, auto b) { return a * b; }, left, right.on(left.tape()));
}
template <class Scalar>
Variable<Scalar> operator/(Variable<Scalar> left, Operand<Scalar> right) {
  return map(
      "/", [](auto a, auto b) { return a / b; }, left, right.on(left.tape()));
}

template <class Scalar>
Variable<Scalar> operator+(const Parameter<Scalar>& left, Variable<Scalar> right) {
  return right.tape().use(left) + right;
}
template <class Scalar>
Variable<Scalar> operator-(const Parameter<Scalar>& left, Variable<Scalar> right) {
  return right.tape().use(left) - right;
}
template <class Scalar>
Variable<Scalar> operator*(const Parameter<Scalar>& left, Variable<Scalar> right) {
  return right.tape().use(left) * right;
}
template <class Scalar>
Variable<Scalar> operator/(const Parameter<Scalar>& left, Variable<Scalar> right) {
  return right.tape().use(left) / right;
}

template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> left, std::type_identity_t<Scalar> right) {
  return map(
      "+", [right](auto x) { return x + right; }, left);
}
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> left, std::type_identity_t<Scalar> right) {
  return map(
      "-", [right](auto x) { return x - right; }, left);
}
template <class Scalar>
Variable<Scalar> operator*(Variable<Scalar> left, std::type_identity_t<Scalar> right) {
  return map(
      "*", [right](auto x) { return x * right; }, left);
}
template <class Scalar>
Variable<Scalar> operator/(Variable<Scalar> left, std::type_identity_t<Scalar> right) {
  return map(
      "/", [right](auto x) { return x / right; }, left);
}

template <class Scalar>
Variable<Scalar> operator+(std::type_identity_t<Scalar> left, Variable<Scalar> right) {
  return right + left;
}
template <class Scalar>
Variable<Scalar> operator-(std::type_identity_t<Scalar> left, Variable<Scalar> right) {
  return map(
      "-", [left](auto x) { return left - x; }, right);
}
template <class Scalar>
Variable<Scalar> operator*(std::type_identity_t<Scalar> left, Variable<Scalar> right) {
  return right * left;
}
template <class Scalar>
Variable<Scalar> operator/(std::type_identity_t<Scalar> left, Variable<Scalar> right) {
  return map(
      "/", [left](auto x) { return left / x; }, right);
}

template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> x) {
  return map(
      "negate", [](auto a) { return -a; }, x);
}

#define UNROLL_INSTANTIATE_BINARY(op, Scalar)                                            \
  template Variable<Scalar> operator op(Variable<Scalar>, AnyOperand<Scalar>);           \
  template Variable<Scalar> operator op(const Parameter<Scalar>&, Variable<Scalar>);     \
  template Variable<Scalar> operator op(Variable<Scalar>, std::type_identity_t<Scalar>); \
  template Variable<Scalar> operator op(std::type_identity_t<Scalar>, Variable<Scalar>);
#define UNROLL_INSTANTIATE(Scalar)     \
  UNROLL_INSTANTIATE_BINARY(+, Scalar) \
  UNROLL_INSTANTIATE_BINARY(-, Scalar) \
  UNROLL_INSTANTIATE_BINARY(*, Scalar) \
  UNROLL_INSTANTIATE_BINARY(/, Scalar) \
  template Variable<Scalar> operator-(Variable<Scalar>);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
