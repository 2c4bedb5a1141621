#include "support/catch.hpp"
#include <unroll/framework/tape/internal/version_number.hpp>
#include <unroll/framework/threads/team.hpp>

#include <algorithm>
#include <vector>

using namespace unroll;

TEST_CASE("unique numbers never repeat, also when several threads ask", "[unique]") {
  constexpr std::size_t threads = 4, each = 10000;
  std::vector<std::uint64_t> numbers(threads * each);
  Team team(threads);
  team.run([&](std::size_t member) {
    for (std::size_t i = 0; i < each; ++i) numbers[member * each + i] = version_number();
  });
  std::sort(numbers.begin(), numbers.end());
  CHECK(numbers.front() > 0);
  CHECK(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());
}
