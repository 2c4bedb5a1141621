#include "support/catch.hpp"
#include <unroll/ops/kernels/random_choice.hpp>

#include <vector>

using namespace unroll;

TEST_CASE("a threshold is the rate's fraction of all 32 bits, and never more than they hold", "[random_choice]") {
  CHECK(detail::threshold_of(0) == 0);
  CHECK(detail::threshold_of(0.5) == 0x80000000u);
  CHECK(detail::threshold_of(0.25) == 0x40000000u);
  CHECK(detail::threshold_of(1) == 0xffffffffu);
}

TEST_CASE("each element is decided by the bits at its own position, however many there are", "[random_choice]") {
  const Random random(3);
  const std::size_t count = GENERATE(0u, 1u, 1023u, 1024u, 1025u, 3000u), start = 17;
  std::vector<bool> found;
  detail::for_each_choice(random, start, detail::threshold_of(0.3), count, [&](std::size_t i, bool happens) {
    CHECK(i == found.size());
    found.push_back(happens);
  });
  REQUIRE(found.size() == count);
  for (std::size_t i = 0; i < count; ++i) REQUIRE(found[i] == (random.bits(start + i) < detail::threshold_of(0.3)));
}
