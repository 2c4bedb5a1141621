#pragma once

#include <unroll/framework/variable.hpp>

#include <concepts>
#include <type_traits>

/// Element-wise arithmetic. Both operands have the same shape (else ShapeError), or one is a number.
namespace unroll::inline v0 {

namespace detail {

// Operands that take along the line on which they are converted to: operators have no default arguments.
template <class Scalar>
struct LocatedNumber {
  Scalar value;
  Where where;
  template <std::convertible_to<Scalar> Number>
  LocatedNumber(Number number, Where written = Where::current()) : value(static_cast<Scalar>(number)), where(written) {}
};
template <class Scalar>
struct LocatedParameter {
  const Parameter<Scalar>& parameter;
  Where where;
  LocatedParameter(const Parameter<Scalar>& operand, Where written = Where::current())
      : parameter(operand), where(written) {}
  LocatedParameter(Parameter<Scalar>&& temporary, Where written = Where::current()) = delete;
};
template <class Scalar>
struct LocatedVariable {
  Variable<Scalar> variable;
  Where where;
  LocatedVariable(Variable<Scalar> operand, Where written = Where::current()) : variable(operand), where(written) {}
};

// As function parameters they do not take part in template deduction.
template <class Scalar>
using Number = LocatedNumber<std::type_identity_t<Scalar>>;
template <class Scalar>
using LeftParameter = LocatedParameter<std::type_identity_t<Scalar>>;

}  // namespace detail

template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> left, Operand<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> left, Operand<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(Variable<Scalar> left, Operand<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(Variable<Scalar> left, Operand<Scalar> right);

template <class Scalar>
Variable<Scalar> operator+(detail::LeftParameter<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(detail::LeftParameter<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(detail::LeftParameter<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(detail::LeftParameter<Scalar> left, Variable<Scalar> right);

template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> left, detail::Number<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> left, detail::Number<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(Variable<Scalar> left, detail::Number<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(Variable<Scalar> left, detail::Number<Scalar> right);

template <class Scalar>
Variable<Scalar> operator+(detail::Number<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(detail::Number<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(detail::Number<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(detail::Number<Scalar> left, Variable<Scalar> right);

// No templates, whose scalar could not be deduced through a conversion.
Variable<float> operator-(detail::LocatedVariable<float> x);
Variable<double> operator-(detail::LocatedVariable<double> x);
Variable<DualNumber> operator-(detail::LocatedVariable<DualNumber> x);

}  // namespace unroll::inline v0
