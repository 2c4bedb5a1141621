#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/kernels/index_errors.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void index_outside(std::string_view operation, std::string_view argument, int value, const Shape& shape,
                   std::size_t position, std::size_t limit, std::string_view limit_name, std::string_view cause) {
  throw ArgumentError(fmt::format("{}: {} {} at position {} of {} is outside [0, {}={}) ({})", operation, argument,
                                  value, index_text(shape, position), to_string(shape), limit_name, limit, cause));
}

}  // namespace unroll::inline v0::detail
