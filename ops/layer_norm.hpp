#pragma once

#include <unroll/framework/tape/variable.hpp>

namespace unroll::inline v0 {

/// Layer normalization (Ba et al. 2016, equation 3): gain ⊙ (x - μ) / √(σ² + epsilon) + bias, with the mean μ and the
/// variance σ² (of H numbers, not H - 1) of each row of x [..., H]; gain and bias [H], else ShapeError.
/// When x has rows picked from a table that has fewer rows, the op normalizes the table's rows and picks from those.
/// The result is right for numbers whose squares overflow or vanish too, and a row of equal numbers of any size gives
/// the bias. Throws ArgumentError unless epsilon is above 0 and the Scalar can hold it: a row of equal numbers has no
/// variance.
template <class Scalar>
Variable<Scalar> layer_norm(Variable<Scalar> x, Operand<Scalar> gain, Operand<Scalar> bias, double epsilon = 1e-5);

}  // namespace unroll::inline v0
