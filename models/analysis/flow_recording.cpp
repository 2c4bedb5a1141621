#include <unroll/models/analysis/flow_recording.hpp>

#include <algorithm>
#include <cmath>

namespace unroll::inline v0::detail {

template <class Scalar>
void count_gate(TensorView<const Scalar> openness, GateFractions& counts) {
  for (const Scalar value : openness) {
    counts.shut += value < Scalar(0.05);
    counts.open += value > Scalar(0.95);
    counts.mean += static_cast<double>(value);
  }
}

void divide_counts(GateFractions& counts, std::size_t numbers) {
  for (double* const count : {&counts.shut, &counts.open, &counts.mean}) *count /= static_cast<double>(numbers);
}

template <class Scalar>
std::size_t count_denormals(TensorView<const Scalar> numbers) {
  return static_cast<std::size_t>(std::count_if(numbers.begin(), numbers.end(),
                                                [](Scalar number) { return std::fpclassify(number) == FP_SUBNORMAL; }));
}

#define UNROLL_INSTANTIATE(Scalar)                                    \
  template void count_gate(TensorView<const Scalar>, GateFractions&); \
  template std::size_t count_denormals(TensorView<const Scalar>);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0::detail
