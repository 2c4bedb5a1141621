#pragma once

#include <unroll/framework/tape/variable.hpp>

/// Element-wise functions of x of any shape. Two operands must have the same shape, else ShapeError. Each function is a
/// lambda given to `map`; a lambda of your own can call the same names on numbers (map.hpp has them, and erf, expm1,
/// log1p, sin and cos). tanh and sigmoid compute their slopes from their results. Outside its domain a function gives
/// NaN or infinity, as in the standard library, and every function passes NaN on.
namespace unroll::inline v0 {

/// e^x; any shape.
template <class Scalar>
Variable<Scalar> exp(Variable<Scalar> x, CallSite site = CallSite::current());
/// The natural logarithm; any shape.
template <class Scalar>
Variable<Scalar> log(Variable<Scalar> x, CallSite site = CallSite::current());
/// The square root; any shape.
template <class Scalar>
Variable<Scalar> sqrt(Variable<Scalar> x, CallSite site = CallSite::current());
/// x²; any shape.
template <class Scalar>
Variable<Scalar> square(Variable<Scalar> x, CallSite site = CallSite::current());
/// |x|; the gradient at 0 is 0.
template <class Scalar>
Variable<Scalar> abs(Variable<Scalar> x, CallSite site = CallSite::current());
/// x^exponent, with one exponent for all elements.
template <class Scalar>
Variable<Scalar> pow(Variable<Scalar> x, std::type_identity_t<Scalar> exponent, CallSite site = CallSite::current());
/// x^exponent, with an exponent for each element, which gets a gradient too. Throws ShapeError unless the shapes agree.
template <class Scalar>
Variable<Scalar> pow(Variable<Scalar> x, Operand<Scalar> exponent);

/// The hyperbolic tangent; any shape.
template <class Scalar>
Variable<Scalar> tanh(Variable<Scalar> x, CallSite site = CallSite::current());
/// 1 / (1 + e^-x); any shape.
template <class Scalar>
Variable<Scalar> sigmoid(Variable<Scalar> x, CallSite site = CallSite::current());
/// max(0, x); the gradient at 0 is 0.
template <class Scalar>
Variable<Scalar> relu(Variable<Scalar> x, CallSite site = CallSite::current());
/// x where x > 0, slope * x elsewhere (Maas et al. 2013).
template <class Scalar>
Variable<Scalar> leaky_relu(Variable<Scalar> x, std::type_identity_t<Scalar> slope = Scalar(0.01),
                            CallSite site = CallSite::current());
/// x where x > 0, scale * (e^x - 1) elsewhere (Clevert et al. 2015).
template <class Scalar>
Variable<Scalar> elu(Variable<Scalar> x, std::type_identity_t<Scalar> scale = Scalar(1),
                     CallSite site = CallSite::current());
/// log(1 + e^x), safe from overflow.
template <class Scalar>
Variable<Scalar> softplus(Variable<Scalar> x, CallSite site = CallSite::current());
/// x Φ(x) with the normal distribution's Φ (Hendrycks and Gimpel 2016), by erf, not by its tanh approximation.
template <class Scalar>
Variable<Scalar> gelu(Variable<Scalar> x, CallSite site = CallSite::current());

/// x held within [low, high]; the gradient outside is 0. Throws ArgumentError unless low <= high.
template <class Scalar>
Variable<Scalar> clamp(Variable<Scalar> x, std::type_identity_t<Scalar> low, std::type_identity_t<Scalar> high,
                       CallSite site = CallSite::current());
/// The larger of two; where they are equal, the gradient goes to the first. Throws ShapeError unless the shapes agree.
template <class Scalar>
Variable<Scalar> maximum(Variable<Scalar> a, Operand<Scalar> b);
/// The smaller of two; where they are equal, the gradient goes to the first. Throws ShapeError unless the shapes agree.
template <class Scalar>
Variable<Scalar> minimum(Variable<Scalar> a, Operand<Scalar> b);
/// `yes` where condition is not 0, `no` elsewhere; the condition gets no gradient. Throws ShapeError unless the three
/// have one shape.
template <class Scalar>
Variable<Scalar> where(const Tensor<Scalar>& condition, Variable<Scalar> yes, Operand<Scalar> no);

}  // namespace unroll::inline v0
