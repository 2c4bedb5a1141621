#include <unroll/framework/errors/error.hpp>
#include <unroll/models/modifiers/state_clipped.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_limit(double limit) {
  if (!(limit >= 1e-30))  // a float must not round it to 0
    throw ArgumentError(
        fmt::format("StateClipped: limit {} given, expected at least 1e-30 (the state is held within "
                    "±limit)",
                    limit));
}

}  // namespace unroll::inline v0::detail
