#include <unroll/framework/error.hpp>
#include <unroll/models/residual.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_shortcut(const Shape& inputs, const Shape& outputs, const Packing* packing) {
  if (inputs == outputs) return;
  throw ShapeError(
      fmt::format("Residual: the inputs {} cannot be added to the hidden states {}: D = H expected (is a Linear "
                  "needed below the first layer?)",
                  describe(whole_shape(inputs, packing), "TND"), describe(whole_shape(outputs, packing), "TNH")));
}

}  // namespace unroll::inline v0::detail
