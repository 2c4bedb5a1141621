#pragma once

#include <unroll/framework/tape/variable.hpp>

namespace unroll::inline v0 {

/// x · weightᵀ: [N, D] -> [N, H], and [T, N, D] -> [T, N, H] as one product over all steps. The weight is [H, D], a row
/// for each output, as PyTorch keeps it. Throws ShapeError when the D differ.
template <class Scalar>
Variable<Scalar> linear(Variable<Scalar> x, Operand<Scalar> weight);
/// x · weightᵀ + bias, with a bias [H]. Throws ShapeError when the D or the H differ.
template <class Scalar>
Variable<Scalar> linear(Variable<Scalar> x, Operand<Scalar> weight, Operand<Scalar> bias);

/// onto + x · weightᵀ, where `onto` [N, H] is the projected input of a step: the product accumulates onto it, so that
/// the sum costs no pass of its own. Throws ShapeError when shapes do not fit.
template <class Scalar>
Variable<Scalar> add_linear(Variable<Scalar> onto, Variable<Scalar> x, Operand<Scalar> weight);
/// onto + x · weightᵀ + bias, with a bias [H].
template <class Scalar>
Variable<Scalar> add_linear(Variable<Scalar> onto, Variable<Scalar> x, Operand<Scalar> weight, Operand<Scalar> bias);

}  // namespace unroll::inline v0
