#include <unroll/framework/error.hpp>
#include <unroll/models/recorded_step.hpp>

namespace unroll::inline v0::detail {

void refuse_outputs() {
  throw ArgumentError(
      "Rtrl: the model's outputs are not its hidden state, of which the losses are taken (has it a residual "
      "connection?)");
}

}  // namespace unroll::inline v0::detail
