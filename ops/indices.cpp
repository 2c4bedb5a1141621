#include <unroll/framework/error.hpp>
#include <unroll/ops/indices.hpp>

#include <fmt/format.h>

#include <limits>

namespace unroll::inline v0::detail {

void index_outside(std::string_view operation, std::string_view argument, int value, const Shape& shape,
                   std::size_t position, std::size_t limit, std::string_view limit_name, std::string_view cause) {
  throw ArgumentError(fmt::format("{}: {} {} at position {} of {} is outside [0, {}={}) ({})", operation, argument,
                                  value, index_text(shape, position), to_string(shape), limit_name, limit, cause));
}

void expect_countable(std::string_view operation, std::size_t steps, std::size_t batch) {
  constexpr std::size_t most = std::numeric_limits<int>::max();
  if (batch > 0 && steps > most / batch)
    throw ArgumentError(
        fmt::format("{}: T={} steps of N={} sequences given, more than {} in all (was a size computed "
                    "as -1?)",
                    operation, steps, batch, most));
}

}  // namespace unroll::inline v0::detail
