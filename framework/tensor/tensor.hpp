#pragma once

#include <unroll/framework/memory/tensor_memory.hpp>
#include <unroll/framework/tensor/dual_number.hpp>
#include <unroll/framework/tensor/shape.hpp>

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

/// The address and the shape of contiguous row-major numbers that another object owns, which must outlive the view. A
/// copy refers to the same numbers.
template <class Scalar>
class TensorView {
 public:
  /// A view of the shape.size() numbers from `data` on.
  TensorView(Scalar* data, const Shape& shape) : data_(data), shape_(shape) {}
  /// The same view, for reading.
  operator TensorView<const Scalar>() const requires(!std::is_const_v<Scalar>) { return {data_, shape_}; }

  const Shape& shape() const { return shape_; }                 ///< The shape.
  std::size_t size() const { return shape_.size(); }            ///< How many numbers there are.
  Scalar* data() const { return data_; }                        ///< The first number.
  Scalar* begin() const { return data_; }                       ///< The first number.
  Scalar* end() const { return data_ + size(); }                ///< After the last number.
  std::span<Scalar> values() const { return {data_, size()}; }  ///< All numbers.
  /// The number at a flat, row-major position; unchecked.
  Scalar& operator[](std::size_t position) const { return data_[position]; }
  /// The number at an index for each axis; throws ShapeError outside the shape.
  Scalar& at(std::initializer_list<std::size_t> index) const { return data_[detail::flat_index(shape_, index)]; }

 private:
  Scalar* data_;
  Shape shape_;
};

/// A value: contiguous row-major numbers, aligned to a cache line, and a shape. Copies are deep; a moved-from tensor
/// has shape [0]. Constructors throw Error when the machine does not have the memory, and ArgumentError when none can.
///
/// `Tensor<>` has floats, `Tensor<double>` doubles, `Tensor<int>` tokens and targets, `Tensor<DualNumber>` numbers with
/// their derivatives. <unroll/framework/tensor/xtensor.hpp> makes one from any xtensor expression, and an xtensor array
/// of one.
template <class Scalar = float>
class Tensor {
 public:
  /// An empty one, of shape [0].
  Tensor() : shape_({0}) {}
  /// Zeros.
  explicit Tensor(const Shape& shape) : shape_(shape), values_(detail::checked_size<Scalar>(shape)) {}
  /// `fill` everywhere. A template, so that `{5}` is a list of one value and not a number to fill with.
  template <std::convertible_to<Scalar> Number>
  Tensor(const Shape& shape, Number fill)
      : shape_(shape), values_(detail::checked_size<Scalar>(shape), static_cast<Scalar>(fill)) {}
  /// Throws ShapeError unless there is one value for every element.
  Tensor(const Shape& shape, const std::vector<Scalar>& values) : shape_(shape) {
    if (values.size() != shape_.size()) detail::wrong_number_of_values(shape_, values.size());
    values_.assign(values.begin(), values.end());
  }
  /// A copy of the numbers of a view.
  explicit Tensor(TensorView<const Scalar> view) : shape_(view.shape()), values_(view.begin(), view.end()) {}

  Tensor(const Tensor&) = default;             ///< A deep copy.
  Tensor& operator=(const Tensor&) = default;  ///< A deep copy.
  /// Takes the memory of the other, which is empty afterwards.
  Tensor(Tensor&& other) noexcept : shape_(std::exchange(other.shape_, Shape{0})), values_(std::move(other.values_)) {}
  /// Takes the memory of the other, which is empty afterwards.
  Tensor& operator=(Tensor&& other) noexcept {
    shape_ = std::exchange(other.shape_, Shape{0});
    values_ = std::exchange(other.values_, {});
    return *this;
  }

  /// Copies the shape and the numbers of a view; allocates only for more numbers than this tensor has had before.
  void assign(TensorView<const Scalar> view) {
    shape_ = view.shape();
    values_.assign(view.begin(), view.end());
  }

  const Shape& shape() const { return shape_; }                           ///< The shape.
  std::size_t size() const { return values_.size(); }                     ///< How many numbers there are.
  Scalar* data() { return values_.data(); }                               ///< The first number.
  const Scalar* data() const { return values_.data(); }                   ///< The first number.
  Scalar* begin() { return data(); }                                      ///< The first number.
  Scalar* end() { return data() + size(); }                               ///< After the last number.
  const Scalar* begin() const { return data(); }                          ///< The first number.
  const Scalar* end() const { return data() + size(); }                   ///< After the last number.
  std::span<Scalar> values() { return values_; }                          ///< All numbers.
  std::span<const Scalar> values() const { return values_; }              ///< All numbers.
  Scalar& operator[](std::size_t position) { return values_[position]; }  ///< At a flat, row-major position; unchecked.
  const Scalar& operator[](std::size_t position) const { return values_[position]; }  ///< The same, for reading.
  /// The number at an index for each axis; throws ShapeError outside the shape.
  Scalar& at(std::initializer_list<std::size_t> index) { return values_[detail::flat_index(shape_, index)]; }
  /// The same, for reading.
  const Scalar& at(std::initializer_list<std::size_t> index) const {
    return values_[detail::flat_index(shape_, index)];
  }

  TensorView<Scalar> view() { return {data(), shape_}; }              ///< All of it, for reading and writing.
  TensorView<const Scalar> view() const { return {data(), shape_}; }  ///< All of it, for reading.
  operator TensorView<const Scalar>() const { return view(); }        ///< A function that takes a view takes a tensor.

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
/// The same for a tensor.
template <class To, class From>
Tensor<To> cast(const Tensor<From>& tensor) {
  return cast<To>(tensor.view());
}

}  // namespace unroll::inline v0
