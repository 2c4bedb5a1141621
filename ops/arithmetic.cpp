#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/map.hpp>

namespace unroll::inline v0 {

template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> left, Operand<Scalar> right) {
  const CalledFrom caller(left.tape(), right.site());
  return map(
      "+", [](auto a, auto b) { return a + b; }, left, right.on(left.tape()));
}
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> left, Operand<Scalar> right) {
  const CalledFrom caller(left.tape(), right.site());
  return map(
      "-", [](auto a, auto b) { return a - b; }, left, right.on(left.tape()));
}
template <class Scalar>
Variable<Scalar> operator*(Variable<Scalar> left, Operand<Scalar> right) {
  const CalledFrom caller(left.tape(), right.site());
  return map(
      "*", [](auto a, auto b) { return a * b; }, left, right.on(left.tape()));
}
template <class Scalar>
Variable<Scalar> operator/(Variable<Scalar> left, Operand<Scalar> right) {
  const CalledFrom caller(left.tape(), right.site());
  return map(
      "/", [](auto a, auto b) { return a / b; }, left, right.on(left.tape()));
}

template <class Scalar>
Variable<Scalar> operator+(detail::LeftParameter<Scalar> left, Variable<Scalar> right) {
  const CalledFrom caller(right.tape(), left.site);
  return right.tape().use(left.parameter) + right;
}
template <class Scalar>
Variable<Scalar> operator-(detail::LeftParameter<Scalar> left, Variable<Scalar> right) {
  const CalledFrom caller(right.tape(), left.site);
  return right.tape().use(left.parameter) - right;
}
template <class Scalar>
Variable<Scalar> operator*(detail::LeftParameter<Scalar> left, Variable<Scalar> right) {
  const CalledFrom caller(right.tape(), left.site);
  return right.tape().use(left.parameter) * right;
}
template <class Scalar>
Variable<Scalar> operator/(detail::LeftParameter<Scalar> left, Variable<Scalar> right) {
  const CalledFrom caller(right.tape(), left.site);
  return right.tape().use(left.parameter) / right;
}

template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> left, detail::Number<Scalar> right) {
  const CalledFrom caller(left.tape(), right.site);
  return map(
      "+", [number = right.value](auto x) { return x + number; }, left);
}
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> left, detail::Number<Scalar> right) {
  const CalledFrom caller(left.tape(), right.site);
  return map(
      "-", [number = right.value](auto x) { return x - number; }, left);
}
template <class Scalar>
Variable<Scalar> operator*(Variable<Scalar> left, detail::Number<Scalar> right) {
  const CalledFrom caller(left.tape(), right.site);
  return map(
      "*", [number = right.value](auto x) { return x * number; }, left);
}
template <class Scalar>
Variable<Scalar> operator/(Variable<Scalar> left, detail::Number<Scalar> right) {
  const CalledFrom caller(left.tape(), right.site);
  return map(
      "/", [number = right.value](auto x) { return x / number; }, left);
}

template <class Scalar>
Variable<Scalar> operator+(detail::Number<Scalar> left, Variable<Scalar> right) {
  const CalledFrom caller(right.tape(), left.site);
  return right + left.value;
}
template <class Scalar>
Variable<Scalar> operator-(detail::Number<Scalar> left, Variable<Scalar> right) {
  const CalledFrom caller(right.tape(), left.site);
  return map(
      "-", [number = left.value](auto x) { return number - x; }, right);
}
template <class Scalar>
Variable<Scalar> operator*(detail::Number<Scalar> left, Variable<Scalar> right) {
  const CalledFrom caller(right.tape(), left.site);
  return right * left.value;
}
template <class Scalar>
Variable<Scalar> operator/(detail::Number<Scalar> left, Variable<Scalar> right) {
  const CalledFrom caller(right.tape(), left.site);
  return map(
      "/", [number = left.value](auto x) { return number / x; }, right);
}

namespace {
template <class Scalar>
Variable<Scalar> negate(const detail::LocatedVariable<Scalar>& x) {
  const CalledFrom caller(x.variable.tape(), x.site);
  return map(
      "negate", [](auto a) { return -a; }, x.variable);
}
}  // namespace
Variable<float> operator-(detail::LocatedVariable<float> x) { return negate(x); }
Variable<double> operator-(detail::LocatedVariable<double> x) { return negate(x); }
Variable<DualNumber> operator-(detail::LocatedVariable<DualNumber> x) { return negate(x); }

#define UNROLL_INSTANTIATE_BINARY(op, Scalar)                                                \
  template Variable<Scalar> operator op(Variable<Scalar>, AnyOperand<Scalar>);               \
  template Variable<Scalar> operator op(detail::LocatedParameter<Scalar>, Variable<Scalar>); \
  template Variable<Scalar> operator op(Variable<Scalar>, detail::LocatedNumber<Scalar>);    \
  template Variable<Scalar> operator op(detail::LocatedNumber<Scalar>, Variable<Scalar>);
#define UNROLL_INSTANTIATE(Scalar)     \
  UNROLL_INSTANTIATE_BINARY(+, Scalar) \
  UNROLL_INSTANTIATE_BINARY(-, Scalar) \
  UNROLL_INSTANTIATE_BINARY(*, Scalar) \
  UNROLL_INSTANTIATE_BINARY(/, Scalar)
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
