#pragma once

#include <unroll/framework/tape/variable.hpp>

#include <concepts>
#include <type_traits>

/// Element-wise arithmetic. Both operands have the same shape (else ShapeError), or one is a number. A Variable stands
/// on at least one side, since a Parameter or a number does not know the tape.
namespace unroll::inline v0 {

namespace detail {

// Operands whose conversion notes the caller's line: operators have no default arguments.
template <class Scalar>
struct LocatedNumber {
  Scalar value;
  CallSite site;
  template <std::convertible_to<Scalar> Number>
  LocatedNumber(Number number, CallSite written = CallSite::current())
      : value(static_cast<Scalar>(number)), site(written) {}
};
template <class Scalar>
struct LocatedParameter {
  const Parameter<Scalar>& parameter;
  CallSite site;
  LocatedParameter(const Parameter<Scalar>& operand, CallSite written = CallSite::current())
      : parameter(operand), site(written) {}
  LocatedParameter(Parameter<Scalar>&& temporary, CallSite written = CallSite::current()) = delete;
};
template <class Scalar>
struct LocatedVariable {
  Variable<Scalar> variable;
  CallSite site;
  LocatedVariable(Variable<Scalar> operand, CallSite written = CallSite::current())
      : variable(operand), site(written) {}
};

// These aliases keep an operator's parameter out of template deduction.
template <class Scalar>
using Number = LocatedNumber<std::type_identity_t<Scalar>>;
template <class Scalar>
using LeftParameter = LocatedParameter<std::type_identity_t<Scalar>>;

}  // namespace detail

/// Sum, difference, product and quotient of the elements of two tensors of one shape, else ShapeError.
/// @{
template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> left, Operand<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> left, Operand<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(Variable<Scalar> left, Operand<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(Variable<Scalar> left, Operand<Scalar> right);
/// @}

/// The same with a Parameter on the left.
/// @{
template <class Scalar>
Variable<Scalar> operator+(detail::LeftParameter<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(detail::LeftParameter<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(detail::LeftParameter<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(detail::LeftParameter<Scalar> left, Variable<Scalar> right);
/// @}

/// The same with one number for all elements on the right.
/// @{
template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> left, detail::Number<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> left, detail::Number<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(Variable<Scalar> left, detail::Number<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(Variable<Scalar> left, detail::Number<Scalar> right);
/// @}

/// The same with one number for all elements on the left.
/// @{
template <class Scalar>
Variable<Scalar> operator+(detail::Number<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(detail::Number<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(detail::Number<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(detail::Number<Scalar> left, Variable<Scalar> right);
/// @}

// These are no templates: the compiler could not deduce the scalar through the conversion.
/// -x; any shape.
/// @{
Variable<float> operator-(detail::LocatedVariable<float> x);
Variable<double> operator-(detail::LocatedVariable<double> x);
Variable<DualNumber> operator-(detail::LocatedVariable<DualNumber> x);
/// @}

}  // namespace unroll::inline v0
