#include "character_model/stream_ranges.hpp"

#include "support/catch.hpp"

using namespace character_model;

TEST_CASE("streams are dealt out without gap, as evenly as they can be") {
  const auto [streams, threads] = GENERATE(table<std::size_t, std::size_t>({{32, 2}, {7, 3}, {5, 5}, {1, 1}}));
  std::size_t next = 0;
  for (const auto [first, count] : deal(streams, threads)) {
    CHECK(first == next);
    CHECK((count == streams / threads || count == streams / threads + 1));
    next += count;
  }
  CHECK(next == streams);
}

TEST_CASE("there are never more threads than streams") {
  CHECK(deal(2, 3).size() == 2);
  CHECK(thread_count(8, 3) == 3);
  CHECK(thread_count(2, 32) == 2);
  CHECK(thread_count(0, 1) == 1);
  CHECK(thread_count(0, 1000) >= 1);
}
