#pragma once

#include <unroll/framework/dual_number.hpp>
#include <unroll/framework/shape.hpp>
#include <unroll/framework/tensor_memory.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

namespace detail {
/// Throws ShapeError: `count` numbers were given for `shape`.
[[noreturn]] void wrong_number_of_values(const Shape& shape, std::size_t count);
/// Throws ShapeError naming the index and the shape.
[[noreturn]] void index_out_of_range(const Shape& shape, std::span<const std::size_t> index);

/// Throws ArgumentError: a shape has more numbers than memory can hold.
[[noreturn]] void refuse_size(const Shape& shape, std::size_t bytes_each);
template <class Scalar>
std::size_t checked_size(const Shape& shape) {
  if (shape.size() > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(Scalar)) refuse_size(shape, sizeof(Scalar));
  return shape.size();
}

inline std::size_t flat_index(const Shape& shape, std::span<const std::size_t> index) {
  std::size_t flat = 0;
  bool valid = index.size() == shape.rank();
  for (std::size_t axis = 0; valid && axis < index.size(); ++axis) {
    valid = index[axis] < shape[axis];
    flat = flat * shape[axis] + index[axis];
  }
  if (!valid) index_out_of_range(shape, index);
  return flat;
}
}  // namespace detail

/// Contiguous row-major numbers that somebody else owns, and their shape. Copying it copies no number.
template <class Scalar>
class TensorView {
 public:
  TensorView(Scalar* data, const Shape& shape) : data_(data), shape_(shape) {}
  operator TensorView<const Scalar>() const requires(!std::is_const_v<Scalar>) { return {data_, shape_}; }

  const Shape& shape() const { return shape_; }
  std::size_t size() const { return shape_.size(); }
  Scalar* data() const { return data_; }
  Scalar* begin() const { return data_; }
  Scalar* end() const { return data_ + size(); }
  std::span<Scalar> values() const { return {data_, size()}; }
  /// The number at a flat, row-major position; unchecked.
  Scalar& operator[](std::size_t position) const { return data_[position]; }
  /// The number at one index an axis; throws ShapeError outside the shape.
  Scalar& at(std::initializer_list<std::size_t> index) const { return data_[detail::flat_index(shape_, index)]; }

 private:
  Scalar* data_;
  Shape shape_;
};

/// A value: contiguous row-major numbers and a shape. Copies are deep; a moved-from tensor is empty, of shape [0]. Its
/// memory is aligned to a cache line. Throws Error when the machine has not so much of it.
///
/// `Tensor<>` is a tensor of floats, `Tensor<double>` one of doubles, `Tensor<int>` holds tokens and targets,
/// `Tensor<DualNumber>` numbers with their derivatives.
/// <unroll/framework/xtensor.hpp> makes one from any xtensor expression and shows one as an xtensor array.
template <class Scalar = float>
class Tensor {
 public:
  Tensor() : shape_({0}) {}
  /// All zeros.
  explicit Tensor(const Shape& shape) : shape_(shape), values_(detail::checked_size<Scalar>(shape)) {}
  /// All `fill`. A template, so that `{5}` is a list of one value and not a number to fill with.
  template <std::convertible_to<Scalar> Number>
  Tensor(const Shape& shape, Number fill)
      : shape_(shape), values_(detail::checked_size<Scalar>(shape), static_cast<Scalar>(fill)) {}
  /// Throws ShapeError unless there is one value for every element.
  Tensor(const Shape& shape, const std::vector<Scalar>& values) : shape_(shape) {
    if (values.size() != shape_.size()) detail::wrong_number_of_values(shape_, values.size());
    values_.assign(values.begin(), values.end());
  }
  explicit Tensor(TensorView<const Scalar> view) : shape_(view.shape()), values_(view.begin(), view.end()) {}

  Tensor(const Tensor&) = default;
  Tensor& operator=(const Tensor&) = default;
  Tensor(Tensor&& other) noexcept : shape_(std::exchange(other.shape_, Shape{0})), values_(std::move(other.values_)) {}
  Tensor& operator=(Tensor&& other) noexcept {
    shape_ = std::exchange(other.shape_, Shape{0});
    values_ = std::exchange(other.values_, {});
    return *this;
  }

  /// Takes over shape and numbers; allocates only when there are more numbers than ever before.
  void assign(TensorView<const Scalar> view) {
    shape_ = view.shape();
    values_.assign(view.begin(), view.end());
  }

  const Shape& shape() const { return shape_; }
  std::size_t size() const { return values_.size(); }
  Scalar* data() { return values_.data(); }
  const Scalar* data() const { return values_.data(); }
  Scalar* begin() { return data(); }
  Scalar* end() { return data() + size(); }
  const Scalar* begin() const { return data(); }
  const Scalar* end() const { return data() + size(); }
  std::span<Scalar> values() { return values_; }
  std::span<const Scalar> values() const { return values_; }
  Scalar& operator[](std::size_t position) { return values_[position]; }
  const Scalar& operator[](std::size_t position) const { return values_[position]; }
  Scalar& at(std::initializer_list<std::size_t> index) { return values_[detail::flat_index(shape_, index)]; }
  const Scalar& at(std::initializer_list<std::size_t> index) const {
    return values_[detail::flat_index(shape_, index)];
  }

  TensorView<Scalar> view() { return {data(), shape_}; }
  TensorView<const Scalar> view() const { return {data(), shape_}; }
  operator TensorView<const Scalar>() const { return view(); }

  friend bool operator==(const Tensor& a, const Tensor& b) { return a.shape_ == b.shape_ && a.values_ == b.values_; }

 private:
  Shape shape_;
  std::vector<Scalar, detail::TensorMemory<Scalar>> values_;
};

/// The same numbers as another type: `cast<double>(tensor)`.
template <class To, class From>
Tensor<To> cast(TensorView<const From> view) {
  Tensor<To> result(view.shape());
  std::transform(view.begin(), view.end(), result.begin(), [](From value) { return static_cast<To>(value); });
  return result;
}
template <class To, class From>
Tensor<To> cast(const Tensor<From>& tensor) {
  return cast<To>(tensor.view());
}

}  // namespace unroll::inline v0
