#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/bidirectional.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_summable(std::size_t forward, std::size_t backward) {
  if (forward != backward)
    throw ShapeError(
        fmt::format("Bidirectional: outputs of {} forward and {} backward cannot be summed (concatenate them, or make "
                    "them as wide)",
                    forward, backward));
}

}  // namespace unroll::inline v0::detail
