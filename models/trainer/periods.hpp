#pragma once

#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>

namespace unroll::inline v0 {

/// A stretch of the time of a series: the steps from `first` to before `end`.
struct Period {
  std::size_t first;  ///< The first step.
  std::size_t end;    ///< The step after the last.

  std::size_t steps() const { return end - first; }  ///< How many there are.
};

/// What of a series is held out.
struct HeldOutFractions {
  double validation = 0.1;  ///< The fraction of the time before the test period; [0, 1).
  double test = 0.1;        ///< The fraction of the time at the end; [0, 1). Both together are below 1.
};

/// The periods of a series, one after another: what a model learns from never lies after what it is judged on.
struct Periods {
  Period training /**< the first steps */, validation /**< the next */, test /**< the last */;
};

/// Splits a series of `steps` steps by time. Fractions of a step go to training. Throws ArgumentError for fractions out
/// of range.
Periods split_by_time(std::size_t steps, const HeldOutFractions& fractions = {});

/// The numbers of a period of a series [time, columns], in place: [steps, columns]. A Standardization made of those of
/// the training period alone has seen nothing of what is held out:
///
///     const Periods periods = split_by_time(series.shape()[0], {.validation = 0.1, .test = 0.2});
///     Standardization standardize(values_of(series, periods.training));
///
/// Throws ShapeError unless the series has two axes, and ArgumentError unless the period is within the series.
template <class Scalar>
TensorView<const Scalar> values_of(const Tensor<Scalar>& series, const Period& period);

namespace detail {
/// Throws as values_of does, naming the operation.
void expect_period(const char* operation, const Shape& series, const Period& period);
}  // namespace detail

}  // namespace unroll::inline v0
