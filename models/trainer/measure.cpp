#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/anomaly.hpp>
#include <unroll/models/trainer/measure.hpp>

#include <fmt/format.h>

#include <cmath>

namespace unroll::inline v0::detail {

Measured mean_of(const PartSum& sum) {
  if (sum.items == 0)
    throw ArgumentError("measure: the source has no items (count is 0 in all its batches), expected at least 1");
  if (!std::isfinite(sum.loss))
    throw NumericalError(fmt::format("measure: the loss is {}: the model has diverged", nonfinite_text(sum.loss)));
  return {sum.loss / static_cast<double>(sum.items), sum.items};
}

}  // namespace unroll::inline v0::detail
