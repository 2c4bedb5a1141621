#include "support/catch.hpp"
#include <unroll/models/records/running_mean.hpp>

TEST_CASE("the running mean is not drawn towards 0, and forgets", "[records]") {
  unroll::RunningMean mean;
  CHECK(mean.value() == 0);
  mean.add(3);
  CHECK(mean.value() == Approx(3));
  for (int i = 0; i < 2000; ++i) mean.add(5);
  CHECK(mean.value() == Approx(5));
}
