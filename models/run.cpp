#include <unroll/framework/error.hpp>
#include <unroll/models/run.hpp>

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

void expect_no_checkpoints(bool given) {
  if (given)
    throw ArgumentError(
        "run: checkpoints given for sequences of different lengths, expected one of the two (sort the sequences into "
        "batches of one length, or leave the checkpoints out)");
}

void refuse_checkpoints() {
  throw ArgumentError(
      "run: checkpoints given for a layer that is no cell and no Layers of cells, expected one of these (a layer that "
      "goes backward in time reads all of its inputs first)");
}

}  // namespace unroll::inline v0::detail
