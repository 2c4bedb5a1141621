#pragma once

#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>
#include <type_traits>
#include <vector>

// xtensor moved its headers in 0.26.
#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/core/xnoalias.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xnoalias.hpp>
#endif

/// Conversions from and to xtensor. This is the slowest header to compile: include it in sources that write xtensor
/// expressions, and hand Tensors on.
namespace unroll::inline v0 {

/// The numbers of a view as an xtensor array, without a copy: a write to the array writes to them. It must not outlive
/// them.
template <class Scalar>
auto as_xtensor(TensorView<Scalar> view) {
  return xt::adapt<xt::layout_type::row_major>(view.data(), view.size(), xt::no_ownership(),
                                               std::vector<std::size_t>(view.shape().begin(), view.shape().end()));
}
/// The same for a tensor, which must neither be destroyed nor be given another shape meanwhile.
template <class Scalar>
auto as_xtensor(Tensor<Scalar>& tensor) {
  return as_xtensor(tensor.view());
}
/// The same, for reading.
template <class Scalar>
auto as_xtensor(const Tensor<Scalar>& tensor) {
  return as_xtensor(tensor.view());
}
/// Deleted: a temporary would be gone before the array is used.
template <class Scalar>
void as_xtensor(const Tensor<Scalar>&& temporary) = delete;

/// Evaluates any xtensor expression, at once and in row-major order, into a Tensor of the expression's own shape and
/// type, or of the Scalar that the caller names: `to_tensor<float>(xt::random::randn<double>({2, 3}))`. For a mask of
/// bools the caller must name one. Throws ShapeError for more than Shape::max_rank axes.
template <class Scalar = void, class Expression>
auto to_tensor(const xt::xexpression<Expression>& expression) {
  using Value = std::conditional_t<std::is_void_v<Scalar>, std::remove_cv_t<typename Expression::value_type>, Scalar>;
  static_assert(!std::is_same_v<Value, bool>, "to_tensor: name the scalar of a mask, as in to_tensor<float>(a < b)");
  const Expression& source = expression.derived_cast();
  const std::vector<std::size_t> extents(source.shape().begin(), source.shape().end());
  Tensor<Value> result{Shape(extents)};
  auto destination = as_xtensor(result);
  xt::noalias(destination) = xt::cast<Value>(source);
  return result;
}

}  // namespace unroll::inline v0
