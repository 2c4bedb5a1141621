#include <unroll/framework/error.hpp>
#include <unroll/models/unroll.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_sequence(const Shape& inputs) {
  expect_axes("unroll", "the input sequence", inputs, "TND");
  if (inputs[0] == 0)
    throw ShapeError(
        fmt::format("unroll: the input sequence {} has no step, expected T of at least 1", describe(inputs, "TND")));
}

void expect_batch(const Shape& inputs, const Shape& state) {
  if (state.rank() > 0 && state[0] == inputs[1]) return;
  throw ShapeError(fmt::format(
      "unroll: the state {} is not of the batch of the inputs {}: N = {} expected (was it carried over from "
      "another batch?)",
      describe(state, "NH"), describe(inputs, "TND"), inputs[1]));
}

}  // namespace unroll::inline v0::detail
