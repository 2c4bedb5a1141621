#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/layers.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_layers(std::size_t layers, std::size_t states) {
  if (layers == 0) throw ArgumentError("run: the stack has no layer, expected at least 1");
  if (layers != states)
    throw ArgumentError(fmt::format("run: a state of {} given to a stack of {}", counted(states, "layer"), layers));
}

void expect_residual(std::size_t layer, const Shape& inputs, const Shape& outputs) {
  if (inputs == outputs) return;
  throw ShapeError(
      fmt::format("run: layer {} has a residual connection, but {} inputs and {} outputs (give all layers that are "
                  "joined so the same width)",
                  layer, inputs.back(), outputs.back()));
}

}  // namespace unroll::inline v0::detail
