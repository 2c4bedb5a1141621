#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/run.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_sequence(const Shape& inputs) {
  expect_axes("run", "the input sequence", inputs, "TND");
  if (inputs[0] == 0)
    throw ShapeError(
        fmt::format("run: the input sequence {} has no step, expected T of at least 1", describe(inputs, "TND")));
}

void expect_batch(const Shape& inputs, const Shape& state) {
  if (state.rank() > 0 && state[0] == inputs[1]) return;
  throw ShapeError(
      fmt::format("run: the state {} is not of the batch of the inputs {}: N = {} expected (was it carried over from "
                  "another batch?)",
                  describe(state, "NH"), describe(inputs, "TND"), inputs[1]));
}

void refuse_ragged_checkpoints() {
  throw ArgumentError(
      "run: checkpoints given for sequences of different lengths, expected one of the two (sort the sequences into "
      "batches of one length, or leave the checkpoints out)");
}

}  // namespace unroll::inline v0::detail
