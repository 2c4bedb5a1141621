#pragma once

#include <unroll/framework/variable.hpp>

/// Element-wise functions of one or two operands of the same shape. Every one is a lambda given to `map`, and can be
/// called by its name inside a lambda of your own as well (map.hpp has them, and erf, expm1, log1p, sin and cos); tanh
/// and sigmoid take their slopes from their results. Outside its domain a function gives NaN or infinity, as in
/// <cmath>, and NaN is passed on by every one.
namespace unroll::inline v0 {

template <class Scalar>
Variable<Scalar> exp(Variable<Scalar> x, Where where = Where::current());
template <class Scalar>
Variable<Scalar> log(Variable<Scalar> x, Where where = Where::current());
template <class Scalar>
Variable<Scalar> sqrt(Variable<Scalar> x, Where where = Where::current());
template <class Scalar>
Variable<Scalar> square(Variable<Scalar> x, Where where = Where::current());
/// The gradient at 0 is 0.
template <class Scalar>
Variable<Scalar> abs(Variable<Scalar> x, Where where = Where::current());
template <class Scalar>
Variable<Scalar> pow(Variable<Scalar> x, std::type_identity_t<Scalar> exponent, Where where = Where::current());
template <class Scalar>
Variable<Scalar> pow(Variable<Scalar> x, Operand<Scalar> exponent);

template <class Scalar>
Variable<Scalar> tanh(Variable<Scalar> x, Where where = Where::current());
/// 1 / (1 + e^-x)
template <class Scalar>
Variable<Scalar> sigmoid(Variable<Scalar> x, Where where = Where::current());
/// max(0, x); the gradient at 0 is 0.
template <class Scalar>
Variable<Scalar> relu(Variable<Scalar> x, Where where = Where::current());
/// x where x > 0, slope * x elsewhere (Maas et al. 2013).
template <class Scalar>
Variable<Scalar> leaky_relu(Variable<Scalar> x, std::type_identity_t<Scalar> slope = Scalar(0.01),
                            Where where = Where::current());
/// x where x > 0, scale * (e^x - 1) elsewhere (Clevert et al. 2015).
template <class Scalar>
Variable<Scalar> elu(Variable<Scalar> x, std::type_identity_t<Scalar> scale = Scalar(1),
                     Where where = Where::current());
/// log(1 + e^x), without overflow.
template <class Scalar>
Variable<Scalar> softplus(Variable<Scalar> x, Where where = Where::current());
/// x Φ(x) with the normal distribution's Φ (Hendrycks and Gimpel 2016), by erf, not by its tanh approximation.
template <class Scalar>
Variable<Scalar> gelu(Variable<Scalar> x, Where where = Where::current());

/// x held within [low, high]; no gradient outside. Throws ArgumentError unless low <= high.
template <class Scalar>
Variable<Scalar> clamp(Variable<Scalar> x, std::type_identity_t<Scalar> low, std::type_identity_t<Scalar> high,
                       Where where = Where::current());
/// The larger and the smaller of two; where they are equal, the gradient goes to the first.
template <class Scalar>
Variable<Scalar> maximum(Variable<Scalar> a, Operand<Scalar> b);
template <class Scalar>
Variable<Scalar> minimum(Variable<Scalar> a, Operand<Scalar> b);
/// `yes` where condition is not 0, `no` elsewhere; the condition gets no gradient.
template <class Scalar>
Variable<Scalar> where(const Tensor<Scalar>& condition, Variable<Scalar> yes, Operand<Scalar> no);

}  // namespace unroll::inline v0
