#pragma once

#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>

/// The indices of the largest numbers of each row: a classifier's answer, or a search's candidates. No gradient flows
/// through an index; gather (gather.hpp) picks the numbers at these indices with their gradients.
namespace unroll::inline v0 {

/// The index of the largest number of each row, the first of equal ones: x [..., V] -> [...]. Throws ShapeError for
/// rows without numbers, and NumericalError for a NaN.
template <class Scalar>
Tensor<int> argmax(TensorView<const Scalar> x);
/// The same for a Tensor.
template <class Scalar>
Tensor<int> argmax(const Tensor<Scalar>& x) {
  return argmax(x.view());
}

/// The indices of the `count` largest numbers of each row, the largest first and equal ones in order: x [..., V] ->
/// [..., count]. Throws ShapeError for an x without axes, ArgumentError for a count greater than V, and NumericalError
/// for a NaN.
template <class Scalar>
Tensor<int> top_k(TensorView<const Scalar> x, std::size_t count);
/// The same for a Tensor.
template <class Scalar>
Tensor<int> top_k(const Tensor<Scalar>& x, std::size_t count) {
  return top_k(x.view(), count);
}

}  // namespace unroll::inline v0
