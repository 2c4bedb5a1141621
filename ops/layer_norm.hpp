#pragma once

#include <unroll/framework/variable.hpp>

namespace unroll::inline v0 {

/// Layer normalisation (Ba et al. 2016, equation 3): gain ⊙ (x - μ) / √(σ² + epsilon) + bias, with the mean μ and the
/// variance σ² (of H numbers, not H - 1) of each row of x [..., H]; gain and bias [H], else ShapeError.
/// Of rows picked from a table that has fewer, the table's are normalised, and picked.
/// Numbers whose squares overflow or vanish are normalised as others are, and a row of equal numbers, whatever their
/// size, gives the bias. Throws ArgumentError unless epsilon is above 0 and a number that the Scalar holds: a row of
/// equal numbers has no variance.
template <class Scalar>
Variable<Scalar> layer_norm(Variable<Scalar> x, Operand<Scalar> gain, Operand<Scalar> bias, double epsilon = 1e-5);

}  // namespace unroll::inline v0
