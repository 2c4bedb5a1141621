#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/shape.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

void Shape::refuse(std::span<const std::size_t> extents) {
  if (extents.size() > max_rank)
    throw ShapeError(fmt::format("shape: {} axes given, at most {} are supported: [{}]", extents.size(), max_rank,
                                 fmt::join(extents, ", ")));
  throw ShapeError(fmt::format("shape: [{}] has more elements than can be counted (was a size computed as -1?)",
                               fmt::join(extents, ", ")));
}

void Shape::refuse_axis(std::size_t axis) const {
  throw ShapeError(fmt::format("shape: axis {} of {} asked for, which has {} (axes are counted from 0)", axis,
                               to_string(*this), rank_));
}

Shape Shape::with(std::size_t axis, std::size_t extent) const {
  if (axis >= rank_) refuse_axis(axis);
  auto extents = extents_;
  extents[axis] = extent;
  return Shape(std::span(extents.data(), rank_));
}

Shape Shape::without(std::size_t axis) const {
  if (axis >= rank_) refuse_axis(axis);
  auto extents = extents_;
  std::copy(extents_.begin() + static_cast<std::ptrdiff_t>(axis) + 1, extents_.end(),
            extents.begin() + static_cast<std::ptrdiff_t>(axis));
  return Shape(std::span(extents.data(), rank_ - 1));
}

Shape Shape::inserted(std::size_t axis, std::size_t extent) const {
  if (axis > rank_) refuse_axis(axis);
  std::array<std::size_t, max_rank + 1> extents{};
  std::copy(begin(), begin() + axis, extents.begin());
  extents[axis] = extent;
  std::copy(begin() + axis, end(), extents.begin() + static_cast<std::ptrdiff_t>(axis) + 1);
  return Shape(std::span(extents.data(), rank_ + 1));
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::string describe(const Shape& shape, std::string_view axes) {
  std::string text = "[";
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    if (axis > 0) text += ", ";
    if (axis < axes.size()) text += fmt::format("{}=", axes[axis]);
    text += std::to_string(shape[axis]);
  }
  return text + "]";
}

std::string index_text(const Shape& shape, std::size_t position) {
  if (position >= shape.size())
    throw ShapeError(fmt::format("index: position {} asked of {}, which has {} (they are counted from 0)", position,
                                 to_string(shape), counted(shape.size(), "number")));
  std::array<std::size_t, Shape::max_rank> index{};
  for (std::size_t axis = shape.rank(); axis-- > 0; position /= shape[axis]) index[axis] = position % shape[axis];
  return fmt::format("[{}]", fmt::join(std::span(index.data(), shape.rank()), ", "));
}

std::size_t resolve_axis(std::string_view operation, const Shape& shape, std::ptrdiff_t axis) {
  const auto rank = static_cast<std::ptrdiff_t>(shape.rank());
  if (axis < -rank || axis >= rank)
    throw ShapeError(fmt::format("{}: axis {} given, but {} has {} (valid: {} to {})", operation, axis,
                                 to_string(shape), counted(shape.rank(), "axis", "axes"), -rank, rank - 1));
  return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

void expect_same_shape(std::string_view operation, const Shape& left, const Shape& right) {
  if (left == right) return;
  const char* cause = left.size() == right.size() ? "did you forget a reshape or transpose?"
                      : left.back() == right.back()
                          ? "nothing is broadcast silently: use add_bias or broadcast to repeat one of them"
                          : "the features differ: were the two made for different layers?";
  throw ShapeError(
      fmt::format("{}: shapes differ: left {}, right {} ({})", operation, to_string(left), to_string(right), cause));
}

void expect_within(std::string_view operation, const Shape& whole, std::size_t offset, const Shape& part) {
  if (offset <= whole.size() && part.size() <= whole.size() - offset) return;
  throw ShapeError(fmt::format("{}: {} from number {} on is beyond the end of {}", operation, to_string(part), offset,
                               to_string(whole)));
}

void expect_axes(std::string_view operation, std::string_view argument, const Shape& shape, std::string_view axes) {
  if (shape.rank() == axes.size()) return;
  std::string expected;
  for (const char axis : axes) expected += fmt::format("{}{}", expected.empty() ? "" : ", ", axis);
  throw ShapeError(fmt::format("{}: {} of shape {} given, expected {}: [{}]", operation, argument, to_string(shape),
                               counted(axes.size(), "axis", "axes"), expected));
}

}  // namespace unroll::inline v0
