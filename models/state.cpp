#include <unroll/framework/error.hpp>
#include <unroll/models/state.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void refuse_state(std::size_t expected, std::size_t kept) {
  throw ShapeError(fmt::format(
      "resume: the state kept has {} tensors, this model's has {} (is it of another cell or depth?)", kept, expected));
}

}  // namespace unroll::inline v0::detail
