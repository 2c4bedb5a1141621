#pragma once

#include <unroll/framework/variable.hpp>

/// Element-wise arithmetic. Both operands have the same shape (else ShapeError), or one is a number.
namespace unroll::inline v0 {

template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> left, Operand<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> left, Operand<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(Variable<Scalar> left, Operand<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(Variable<Scalar> left, Operand<Scalar> right);

template <class Scalar>
Variable<Scalar> operator+(const Parameter<Scalar>& left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(const Parameter<Scalar>& left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(const Parameter<Scalar>& left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(const Parameter<Scalar>& left, Variable<Scalar> right);

template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> left, std::type_identity_t<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> left, std::type_identity_t<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(Variable<Scalar> left, std::type_identity_t<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(Variable<Scalar> left, std::type_identity_t<Scalar> right);

template <class Scalar>
Variable<Scalar> operator+(std::type_identity_t<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator-(std::type_identity_t<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator*(std::type_identity_t<Scalar> left, Variable<Scalar> right);
template <class Scalar>
Variable<Scalar> operator/(std::type_identity_t<Scalar> left, Variable<Scalar> right);

template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> x);

}  // namespace unroll::inline v0
