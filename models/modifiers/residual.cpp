#include <unroll/framework/errors/error.hpp>
#include <unroll/models/modifiers/residual.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_shortcut(const Shape& inputs, const Shape& outputs, const RaggedRows* ragged) {
  if (inputs == outputs) return;
  throw ShapeError(
      fmt::format("Residual: the inputs {} cannot be added to the hidden states {}: D = H expected (is a Linear "
                  "needed below the first layer?)",
                  describe(whole_shape(inputs, ragged), "TND"), describe(whole_shape(outputs, ragged), "TNH")));
}

}  // namespace unroll::inline v0::detail
