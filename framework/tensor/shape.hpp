#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace unroll::inline v0 {

/// The extents of a tensor, outermost axis first; rank 0 is a scalar.
///
/// Axes, everywhere in unroll:  N batch · T time · D input features · H hidden features · V vocabulary.
/// Sequences are time-major: [T, N, D]. An extent of 0 is allowed: such a tensor has no elements.
class Shape {
 public:
  static constexpr std::size_t max_rank = 6;  ///< The most axes.

  /// A scalar.
  Shape() = default;

  /// `Shape{2, 3}`. Throws ShapeError for more than max_rank extents, and when the product of the extents other than 0
  /// overflows, since before(axis) and after(axis) multiply them.
  Shape(std::initializer_list<std::size_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  /// The same for any list.
  explicit Shape(std::span<const std::size_t> extents) : rank_(extents.size()) {
    if (rank_ > max_rank) refuse(extents);
    bool is_empty = false;
    for (std::size_t axis = 0; axis < rank_; ++axis) {
      extents_[axis] = extents[axis];
      if (extents[axis] == 0)
        is_empty = true;
      else if (__builtin_mul_overflow(size_, extents[axis], &size_))
        refuse(extents);
    }
    if (is_empty) size_ = 0;
  }

  std::size_t rank() const { return rank_; }  ///< The number of axes.
  /// The number of elements: the product of the extents, 1 for a scalar.
  std::size_t size() const { return size_; }
  /// The extent of an axis. This and all functions below throw ShapeError when there is no such axis.
  std::size_t operator[](std::size_t axis) const {
    if (axis >= rank_) refuse_axis(axis);
    return extents_[axis];
  }
  std::size_t back() const { return rank_ == 0 ? 1 : extents_[rank_ - 1]; }  ///< The last extent; 1 for a scalar.
  const std::size_t* begin() const { return extents_.data(); }               ///< The first extent.
  const std::size_t* end() const { return extents_.data() + rank_; }         ///< After the last extent.

  /// The product of the extents before `axis`, which may be rank(). A tensor is `before(axis)` blocks of
  /// `shape[axis] * after(axis)` numbers.
  std::size_t before(std::size_t axis) const {
    if (axis > rank_) refuse_axis(axis);
    return product(0, axis);
  }
  /// The product of the extents after `axis`.
  std::size_t after(std::size_t axis) const {
    if (axis >= rank_) refuse_axis(axis);
    return product(axis + 1, rank_);
  }

  Shape with(std::size_t axis, std::size_t extent) const;      ///< The same shape with another extent of one axis.
  Shape without(std::size_t axis) const;                       ///< The same shape without one axis.
  Shape inserted(std::size_t axis, std::size_t extent) const;  ///< The same shape with an axis more, before `axis`.

  friend bool operator==(const Shape& a, const Shape& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

 private:
  [[noreturn]] static void refuse(std::span<const std::size_t> extents);
  [[noreturn]] void refuse_axis(std::size_t axis) const;
  std::size_t product(std::size_t first, std::size_t end) const {
    std::size_t result = 1;
    for (std::size_t axis = first; axis < end; ++axis) result *= extents_[axis];
    return result;
  }

  std::array<std::size_t, max_rank> extents_{};
  std::size_t rank_ = 0;
  std::size_t size_ = 1;
};

/// "[2, 3]"
std::string to_string(const Shape& shape);

/// "[T=2, N=3]", for error messages: `axes` has a letter for each axis. Axes beyond the letters have none.
std::string describe(const Shape& shape, std::string_view axes);

/// "[2, 17]": the index of a flat, row-major position.
std::string index_text(const Shape& shape, std::size_t position);

/// The index of an axis that is counted from the front (0, 1, ...) or from the back (-1 is the last). Throws ShapeError
/// naming `operation` when the shape has no such axis.
std::size_t resolve_axis(std::string_view operation, const Shape& shape, std::ptrdiff_t axis);

/// Throws ShapeError with both shapes unless they are equal.
void expect_same_shape(std::string_view operation, const Shape& left, const Shape& right);

/// Throws ShapeError unless `whole` has all numbers of `part` from number `offset` on.
void expect_within(std::string_view operation, const Shape& whole, std::size_t offset, const Shape& part);

/// Throws ShapeError unless the shape has as many axes as `axes` has letters: "TND".
void expect_axes(std::string_view operation, std::string_view argument, const Shape& shape, std::string_view axes);

}  // namespace unroll::inline v0
