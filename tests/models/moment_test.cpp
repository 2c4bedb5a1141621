#include "support/catch.hpp"
#include <unroll/models/moment.hpp>

using namespace unroll;

TEST_CASE("a moment later in a sequence has the same noise and a later step", "[moment]") {
  const Moment begin{Random(7), 5};
  const Moment later = begin.after(3);
  CHECK(later.step == 8);
  REQUIRE(later.noise);
  CHECK(later.noise->key() == begin.noise->key());
  CHECK_FALSE(Moment().after(2).noise);
}
