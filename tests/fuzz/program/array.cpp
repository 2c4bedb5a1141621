#include "array.hpp"

#include <algorithm>
#include <cmath>

namespace fuzzing {

std::size_t size_of(const Extents& shape) {
  std::size_t size = 1;
  for (const std::size_t extent : shape) size *= extent;
  return size;
}

std::size_t last(const Extents& shape) { return shape.empty() ? 1 : shape.back(); }

Moving Array::at(const Index& index) const {
  std::size_t position = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) position = position * shape[axis] + index.at(axis);
  return numbers.at(position);
}

void for_each_index(const Extents& shape, const std::function<void(const Index&)>& visit) {
  const std::size_t size = size_of(shape);
  Index index(shape.size(), 0);
  for (std::size_t i = 0; i < size; ++i) {
    visit(index);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

Array build(const Extents& shape, const std::function<Moving(const Index&)>& number) {
  Array result{shape, {}};
  for_each_index(shape, [&](const Index& index) { result.numbers.push_back(number(index)); });
  return result;
}

void mark_exact(Array& result, std::span<const Array* const> operands) {
  const auto is_short = [](Moving number) {
    const double scaled = std::ldexp(number.value, 12);
    return std::abs(number.value) < 2048 && scaled == std::floor(scaled);
  };
  result.exact = std::all_of(operands.begin(), operands.end(), [](const Array* operand) { return operand->exact; })
                 && std::all_of(result.numbers.begin(), result.numbers.end(), is_short);
}

bool less(Moving a, Moving b, bool exact) {
  const double distance = std::abs(a.value - b.value);
  if (distance == 0) Decisions::tied() = true;
  if (distance > 0 || !exact) Decisions::nearest() = std::min(Decisions::nearest(), distance);
  return a.value < b.value;
}

}  // namespace fuzzing
