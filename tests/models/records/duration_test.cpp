#include "support/catch.hpp"
#include <unroll/models/records/duration.hpp>

#include <cmath>
#include <limits>

using unroll::format_duration;

TEST_CASE("durations are printed as clocks show them", "[records]") {
  CHECK(format_duration(0) == "0:00");
  CHECK(format_duration(59.4) == "0:59");
  CHECK(format_duration(59.6) == "1:00");
  CHECK(format_duration(754) == "12:34");
  CHECK(format_duration(3723) == "1:02:03");
  CHECK(format_duration(359999999) == "99999:59:59");
  for (const double unknown : {-1.0, 1e300, std::numeric_limits<double>::infinity(), std::nan("")})
    CHECK(format_duration(unknown) == "?");
}
