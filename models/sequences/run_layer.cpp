#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/run_layer.hpp>

namespace unroll::inline v0::detail {

void refuse_backward_segment() {
  throw ArgumentError(
      "run: checkpoints given for a layer that goes backward in time, expected one that goes forward (backward, it "
      "reads all of its inputs first)");
}

}  // namespace unroll::inline v0::detail
