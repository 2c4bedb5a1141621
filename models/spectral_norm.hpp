#pragma once

#include <unroll/framework/tensor.hpp>

namespace unroll::inline v0 {

/// ‖A‖₂ of a matrix [rows, columns]: its largest singular value, the most by which it stretches a vector. Good to about
/// 1e-12 in double, however close the next singular value is. NaN or infinite when a number of A is. Throws ShapeError
/// for another rank.
template <class Scalar>
double spectral_norm(TensorView<const Scalar> matrix);
template <class Scalar>
double spectral_norm(const Tensor<Scalar>& matrix) {
  return spectral_norm(matrix.view());
}

}  // namespace unroll::inline v0
