#include "support/catch.hpp"
#include <unroll/models/sequences/step_context.hpp>

using namespace unroll;

TEST_CASE("a context later in a sequence has the same noise and a later step", "[step_context]") {
  const StepContext begin{Random(7), 5};
  const StepContext later = begin.after(3);
  CHECK(later.step == 8);
  REQUIRE(later.noise);
  CHECK(later.noise->key() == begin.noise->key());
  CHECK_FALSE(StepContext().after(2).noise);
}
