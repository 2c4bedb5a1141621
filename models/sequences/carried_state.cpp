#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/carried_state.hpp>

#include <fmt/format.h>

#include <cmath>

namespace unroll::inline v0::detail {

template <class Scalar>
void expect_finite_state(std::size_t tensor, const TensorView<const Scalar>& numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!std::isfinite(value_of(numbers[i])))
      throw NumericalError(fmt::format(
          "keep: tensor {} of the state is {} at {}, expected finite numbers: they would be carried into every window "
          "to come (is a number among this window's inputs not finite, or has training diverged?); the state kept "
          "before is kept",
          tensor, value_of(numbers[i]), index_text(numbers.shape(), i)));
}

template <class Scalar>
void expect_state_tensors(const std::vector<Tensor<Scalar>>& tensors) {
  if (tensors.empty()) throw ArgumentError("assign: no tensor given, expected those of a state (reset() forgets one)");
  for (std::size_t tensor = 0; tensor < tensors.size(); ++tensor) {
    const Shape &first = tensors[0].shape(), &shape = tensors[tensor].shape();
    if (shape.rank() == 0 || shape[0] != first[0])
      throw ShapeError(
          fmt::format("assign: tensor {} of the state is {}, the first {}, expected one row for each "
                      "sequence in all of them (are they of two batches?)",
                      tensor, to_string(shape), to_string(first)));
    for (std::size_t i = 0; i < tensors[tensor].size(); ++i)
      if (!std::isfinite(value_of(tensors[tensor][i])))
        throw NumericalError(fmt::format(
            "assign: tensor {} of the state is {} at {}, expected finite numbers (has the training that it is from "
            "diverged?); the state kept before is kept",
            tensor, value_of(tensors[tensor][i]), index_text(shape, i)));
  }
}

template void expect_state_tensors(const std::vector<Tensor<float>>&);
template void expect_state_tensors(const std::vector<Tensor<double>>&);
template void expect_state_tensors(const std::vector<Tensor<DualNumber>>&);
template void expect_finite_state(std::size_t, const TensorView<const float>&);
template void expect_finite_state(std::size_t, const TensorView<const double>&);
template void expect_finite_state(std::size_t, const TensorView<const DualNumber>&);

}  // namespace unroll::inline v0::detail
