#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/step_context.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void refuse_later_step(std::size_t step, std::size_t steps) {
  throw ArgumentError(fmt::format(
      "StepContext: {} steps after step {} there is none that can be counted (was first_step computed as -1?)", steps,
      step));
}

void expect_memory(const Shape& memory, std::size_t batch) {
  if (memory.rank() > 0 && memory[0] == batch) return;
  throw ShapeError(
      fmt::format("rows_of: the memory has shape {}, expected [N={}, ...], a row for each sequence of the batch (is it "
                  "time-major? transpose it once, before run)",
                  to_string(memory), batch));
}

}  // namespace unroll::inline v0::detail
