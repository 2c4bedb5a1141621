#pragma once

#include <unroll/framework/tensor.hpp>

#include <cstdint>
#include <utility>

namespace unroll::inline v0 {

/// A value that is learnt, with room for its gradient. Owned by a module, usable wherever a Variable is.
/// It has no name of its own: its name is its path from the module that is asked (see module.hpp).
template <class Scalar = float>
class Parameter {
 public:
  Parameter() = default;
  explicit Parameter(Tensor<Scalar> value) : value_(std::move(value)) {}

  const Shape& shape() const { return value_.shape(); }
  const Tensor<Scalar>& value() const { return value_; }
  /// The value, to be changed. Raises version(), so that whatever was derived from the old value can tell.
  Tensor<Scalar>& mutable_value() {
    ++version_;
    return value_;
  }
  std::uint64_t version() const { return version_; }

  /// The sum of the gradients of every backward pass since the last zero_gradient(); empty before the first one.
  Tensor<Scalar>& gradient() {
    gradient_is_empty_ = false;
    return gradient_;
  }
  const Tensor<Scalar>& gradient() const { return gradient_; }
  bool has_gradient() const { return gradient_.shape() == value_.shape(); }
  /// Adds to the gradient; makes room for it the first time. Throws ShapeError for another shape.
  void add_gradient(TensorView<const Scalar> gradient) {
    expect_same_shape("add_gradient", shape(), gradient.shape());
    Scalar* const sum = gradient_memory();
    for (std::size_t i = 0; i < gradient.size(); ++i) sum[i] += gradient[i];
    gradient_is_empty_ = false;
  }
  void zero_gradient() {
    std::fill(gradient_.begin(), gradient_.end(), Scalar{0});
    gradient_is_empty_ = true;
  }

  // What follows is for those who write optimisers, and for the tape.

  /// Whether nothing has been added since the gradient was zeroed, so that it may be overwritten.
  bool gradient_is_empty() const { return gradient_is_empty_; }
  /// Says that gradient() holds zeros again.
  void mark_gradient_empty() { gradient_is_empty_ = true; }
  /// The gradient's numbers, made at the first call; does not change whether it is empty.
  Scalar* gradient_memory() {
    if (!has_gradient()) gradient_ = Tensor<Scalar>(shape());
    return gradient_.data();
  }

  /// A frozen parameter gets no gradient, and optimisers leave it as it is.
  bool frozen = false;

 private:
  Tensor<Scalar> value_;
  Tensor<Scalar> gradient_;
  std::uint64_t version_ = 0;
  bool gradient_is_empty_ = true;
};

}  // namespace unroll::inline v0
