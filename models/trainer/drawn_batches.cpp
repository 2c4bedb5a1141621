#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/drawn_batches.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_drawn(const DrawnSizes& sizes) {
  if (sizes.batches == 0 || sizes.batch == 0)
    throw ArgumentError(fmt::format("drawn_batches: {} batches of {} examples given, expected at least 1 each",
                                    sizes.batches, sizes.batch));
}

}  // namespace unroll::inline v0::detail
