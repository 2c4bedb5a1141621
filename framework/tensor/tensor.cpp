#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/tensor.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void wrong_number_of_values(const Shape& shape, std::size_t count) {
  throw ShapeError(fmt::format("tensor: {} given, but shape {} has {}", counted(count, "value"), to_string(shape),
                               counted(shape.size(), "element")));
}

void refuse_size(const Shape& shape, std::size_t bytes_each) {
  throw ArgumentError(
      fmt::format("tensor: shape {} has {} numbers of {} bytes, more than memory can hold (was a size "
                  "computed as -1?)",
                  to_string(shape), shape.size(), bytes_each));
}

void index_out_of_range(const Shape& shape, std::span<const std::size_t> index) {
  throw ShapeError(fmt::format("tensor: index [{}] is outside shape {}", fmt::join(index, ", "), to_string(shape)));
}

}  // namespace unroll::inline v0::detail
