#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/part_learner.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_measurable(const PartSum& sum) {
  if (sum.items == 0)
    throw ArgumentError("measure: the source has no items (count is 0 in all its batches), expected at least 1");
  if (!std::isfinite(sum.loss))
    throw NumericalError(fmt::format("measure: the loss is {}: the model has diverged", nonfinite_text(sum.loss)));
}

}  // namespace unroll::inline v0::detail
