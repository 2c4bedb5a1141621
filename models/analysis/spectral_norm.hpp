#pragma once

#include <unroll/framework/tensor/tensor.hpp>

namespace unroll::inline v0 {

/// ‖A‖₂ of a matrix [rows, columns]: its largest singular value, the largest factor by which it stretches a vector.
/// Accurate to about 1e-12 in double, even if the next singular value is close. NaN or infinite when a number of A is.
/// Throws ShapeError for another rank.
template <class Scalar>
double spectral_norm(TensorView<const Scalar> matrix);
/// The same for a Tensor.
template <class Scalar>
double spectral_norm(const Tensor<Scalar>& matrix) {
  return spectral_norm(matrix.view());
}

}  // namespace unroll::inline v0
