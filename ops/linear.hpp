#pragma once

#include <unroll/framework/variable.hpp>

namespace unroll::inline v0 {

/// x · weightᵀ, and with a bias x · weightᵀ + bias: [N, D] -> [N, H], [T, N, D] -> [T, N, H] as one product.
/// The weight is [H, D], one row an output, as PyTorch keeps it; the bias is [H]. Throws ShapeError when they differ.
template <class Scalar>
Variable<Scalar> linear(Variable<Scalar> x, Operand<Scalar> weight);
template <class Scalar>
Variable<Scalar> linear(Variable<Scalar> x, Operand<Scalar> weight, Operand<Scalar> bias);

/// onto + x · weightᵀ (+ bias), where `onto` [N, H] is what a step projected beforehand: the sum costs no pass of its
/// own.
template <class Scalar>
Variable<Scalar> add_linear(Variable<Scalar> onto, Variable<Scalar> x, Operand<Scalar> weight);
template <class Scalar>
Variable<Scalar> add_linear(Variable<Scalar> onto, Variable<Scalar> x, Operand<Scalar> weight, Operand<Scalar> bias);

}  // namespace unroll::inline v0
