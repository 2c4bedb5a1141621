#include <unroll/models/flow_recording.hpp>

#include <algorithm>
#include <cmath>

namespace unroll::inline v0::detail {

template <class Scalar>
void count_gate(TensorView<const Scalar> openness, GateShares& counts) {
  for (const Scalar value : openness) {
    counts.shut += value < Scalar(0.05);
    counts.open += value > Scalar(0.95);
    counts.mean += static_cast<double>(value);
  }
}

void divide_counts(GateShares& counts, std::size_t numbers) {
  for (double* const count : {&counts.shut, &counts.open, &counts.mean}) *count /= static_cast<double>(numbers);
}

template <class Scalar>
std::size_t count_denormals(TensorView<const Scalar> numbers) {
  return static_cast<std::size_t>(std::count_if(numbers.begin(), numbers.end(),
                                                [](Scalar number) { return std::fpclassify(number) == FP_SUBNORMAL; }));
}

template <class Scalar>
double euclidean_norm(TensorView<const Scalar> numbers) {
  double largest = 0, sum = 0;
  for (const Scalar number : numbers) largest = std::max(largest, std::abs(static_cast<double>(number)));
  if (!(largest > 0) || std::isinf(largest)) {  // std::max passes NaN over
    for (const Scalar number : numbers) largest += std::abs(static_cast<double>(number));
    return largest;
  }
  for (const Scalar number : numbers) sum += std::pow(static_cast<double>(number) / largest, 2);
  return largest * std::sqrt(sum);
}

#define UNROLL_INSTANTIATE(Scalar)                                 \
  template void count_gate(TensorView<const Scalar>, GateShares&); \
  template std::size_t count_denormals(TensorView<const Scalar>);  \
  template double euclidean_norm(TensorView<const Scalar>);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0::detail
