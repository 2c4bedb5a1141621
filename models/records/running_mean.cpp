#include <unroll/models/records/running_mean.hpp>

namespace unroll::inline v0 {

void RunningMean::add(double number) {
  constexpr double kept = 0.99;
  sum_ = kept * sum_ + (1 - kept) * number;
  weight_ = kept * weight_ + (1 - kept);  // dividing by it keeps the first means from leaning to 0
}

}  // namespace unroll::inline v0
