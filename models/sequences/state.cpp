#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/state.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void refuse_state(std::string_view which, std::size_t expected, std::size_t tensors) {
  throw ShapeError(fmt::format("{} has {}, this model's has {} (is it of another cell or depth?)", which,
                               counted(tensors, "tensor"), expected));
}

}  // namespace unroll::inline v0::detail
