#include "support/catch.hpp"
#include <unroll/framework/threads/batch_part.hpp>

using namespace unroll;

TEST_CASE("parts of a batch differ by one sequence at most") {
  for (std::size_t sequences = 0; sequences < 30; ++sequences)
    for (std::size_t parts = 1; parts < 12; ++parts) {
      std::size_t next = 0;
      for (std::size_t part = 0; part < parts; ++part) {
        const auto [first, count] = BatchPart{part, parts}.range_of(sequences);
        CHECK(first == next);
        CHECK((count == sequences / parts || count == sequences / parts + 1));
        next = first + count;
      }
      CHECK(next == sequences);
    }
  const auto [first, count] = BatchPart{1, 2}.range_of(std::size_t(-1));
  CHECK(first == std::size_t(1) << 63);
  CHECK(count == (std::size_t(1) << 63) - 1);
}
