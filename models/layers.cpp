#include <unroll/framework/error.hpp>
#include <unroll/models/layers.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_layers(std::size_t layers, std::size_t states) {
  if (layers == 0) throw ArgumentError("unroll: the stack has no layer, expected at least 1");
  if (layers != states)
    throw ArgumentError(fmt::format("unroll: a state of {} layers given to a stack of {}", states, layers));
}

}  // namespace unroll::inline v0::detail
