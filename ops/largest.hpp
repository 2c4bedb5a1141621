#pragma once

#include <unroll/framework/tensor.hpp>

#include <cstddef>

/// Which numbers of each row are the largest: what a classifier answers, and what a search goes on with. They are
/// places, not numbers, so that no gradient goes through them; gather takes the numbers there.
namespace unroll::inline v0 {

/// The place of the largest number of each row, the first of equal ones: x [..., V] -> [...]. Throws ShapeError for
/// rows without numbers, and NumericalError for one that is not a number.
template <class Scalar>
Tensor<int> argmax(TensorView<const Scalar> x);
template <class Scalar>
Tensor<int> argmax(const Tensor<Scalar>& x) {
  return argmax(x.view());
}

/// The places of the `count` largest numbers of each row, the largest first and equal ones in order: x [..., V] ->
/// [..., count]. Throws ShapeError for an x without axes, ArgumentError for a count greater than V, and NumericalError
/// for one that is not a number.
template <class Scalar>
Tensor<int> top_k(TensorView<const Scalar> x, std::size_t count);
template <class Scalar>
Tensor<int> top_k(const Tensor<Scalar>& x, std::size_t count) {
  return top_k(x.view(), count);
}

}  // namespace unroll::inline v0
