#include <unroll/framework/counted.hpp>
#include <unroll/framework/error.hpp>
#include <unroll/models/state.hpp>

#include <fmt/format.h>

#include <cmath>

namespace unroll::inline v0::detail {

void refuse_state(std::string_view which, std::size_t expected, std::size_t tensors) {
  throw ShapeError(fmt::format("{} has {}, this model's has {} (is it of another cell or depth?)", which,
                               counted(tensors, "tensor"), expected));
}

template <class Scalar>
void expect_finite_state(std::size_t tensor, const TensorView<const Scalar>& numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!std::isfinite(value_of(numbers[i])))
      throw NumericalError(fmt::format(
          "keep: tensor {} of the state is {} at {}, expected finite numbers: they would be carried into every window "
          "to "
          "come (is a number among this window's inputs not finite, or has training diverged?); the state kept before "
          "is kept",
          tensor, value_of(numbers[i]), index_text(numbers.shape(), i)));
}

template void expect_finite_state(std::size_t, const TensorView<const float>&);
template void expect_finite_state(std::size_t, const TensorView<const double>&);
template void expect_finite_state(std::size_t, const TensorView<const DualNumber>&);

}  // namespace unroll::inline v0::detail
