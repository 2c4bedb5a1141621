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
  static constexpr std::size_t max_rank = 6;

  Shape() = default;

  /// Throws ShapeError when there are more than max_rank extents, or when their product overflows; beside an extent of
  /// 0, that of the others, of which before(axis) and after(axis) are made.
  Shape(std::initializer_list<std::size_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
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

  std::size_t rank() const { return rank_; }
  /// The number of elements: the product of the extents, 1 for a scalar.
  std::size_t size() const { return size_; }
  /// Throws ShapeError when there is no such axis, here and below.
  std::size_t operator[](std::size_t axis) const {
    if (axis >= rank_) refuse_axis(axis);
    return extents_[axis];
  }
  std::size_t back() const { return rank_ == 0 ? 1 : extents_[rank_ - 1]; }
  const std::size_t* begin() const { return extents_.data(); }
  const std::size_t* end() const { return extents_.data() + rank_; }

  /// The product of the extents before `axis`, and after it: a tensor is `before(axis)` blocks of
  /// `shape[axis] * after(axis)` numbers.
  std::size_t before(std::size_t axis) const {
    if (axis > rank_) refuse_axis(axis);
    return product(0, axis);
  }
  std::size_t after(std::size_t axis) const {
    if (axis >= rank_) refuse_axis(axis);
    return product(axis + 1, rank_);
  }

  /// The same shape with one axis changed, taken out, or put in before `axis`.
  Shape with(std::size_t axis, std::size_t extent) const;
  Shape without(std::size_t axis) const;
  Shape inserted(std::size_t axis, std::size_t extent) const;

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

/// "[T=2, N=3]": one letter an axis, for error messages. Axes beyond the letters are printed bare.
std::string describe(const Shape& shape, std::string_view axes);

/// "[2, 17]": the index of a flat position.
std::string index_text(const Shape& shape, std::size_t position);

/// An axis counted from the front (0, 1, ...) or from the back (-1 is the last), as an index.
/// Throws ShapeError naming `operation` when the shape has no such axis.
std::size_t resolve_axis(std::string_view operation, const Shape& shape, std::ptrdiff_t axis);

/// Throws ShapeError with both shapes unless they are equal.
void expect_same_shape(std::string_view operation, const Shape& left, const Shape& right);

/// Throws ShapeError unless all numbers of `part` are among those of `whole`, from number `offset` on.
void expect_within(std::string_view operation, const Shape& whole, std::size_t offset, const Shape& part);

/// Throws ShapeError unless the shape has exactly this many axes; `axes` names them by letter.
void expect_axes(std::string_view operation, std::string_view argument, const Shape& shape, std::string_view axes);

}  // namespace unroll::inline v0
