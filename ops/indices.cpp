#include <unroll/framework/error.hpp>
#include <unroll/ops/indices.hpp>

#include <fmt/format.h>

#include <array>
#include <span>

namespace unroll::inline v0::detail {

std::string position_text(const Shape& shape, std::size_t position) {
  std::array<std::size_t, Shape::max_rank> index{};
  for (std::size_t axis = shape.rank(); axis-- > 0; position /= shape[axis]) index[axis] = position % shape[axis];
  return fmt::format("[{}]", fmt::join(std::span(index.data(), shape.rank()), ", "));
}

void index_outside(std::string_view operation, std::string_view argument, int value, const Shape& shape,
                   std::size_t position, std::size_t limit, std::string_view limit_name, std::string_view cause) {
  throw ArgumentError(fmt::format("{}: {} {} at position {} of {} is outside [0, {}={}) ({})", operation, argument,
                                  value, position_text(shape, position), to_string(shape), limit_name, limit, cause));
}

}  // namespace unroll::inline v0::detail
