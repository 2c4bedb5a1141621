#include "support/catch.hpp"
#include <unroll/framework/tensor/random.hpp>
#include <unroll/framework/threads/split_work.hpp>

#include <atomic>
#include <limits>
#include <vector>

using namespace unroll;

namespace {

/// Sizes of arrays: none, one number, around a block, many blocks.
std::vector<std::size_t> sizes(std::uint64_t seed) {
  std::vector<std::size_t> result(Random(seed).bits(0) % 8);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto kind = Random(seed).bits(2 * i + 1) % 4, size = Random(seed).bits(2 * i + 2) % 9000;
    result[i] = kind == 0 ? size % 2 : kind == 1 ? 1022 + size % 5 : size;
  }
  return result;
}

auto blocks_of(const std::vector<std::size_t>& sizes) {
  return detail::Blocks(sizes.size(), [&sizes](std::size_t array) { return sizes[array]; });
}

}  // namespace

TEST_CASE("every number falls to one part, in order, and parts begin at a block") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto all = sizes(seed);
    const auto blocks = blocks_of(all);
    for (const std::size_t parts : {1u, 2u, 3u, 7u, 64u}) {
      std::vector<std::size_t> seen(all.size());
      for (std::size_t part = 0; part < parts; ++part)
        blocks.for_each_range(part, parts, [&](std::size_t array, std::size_t first, std::size_t count) {
          CHECK(first == seen[array]);
          CHECK(first % blocks.numbers == 0);
          CHECK(count > 0);
          seen[array] += count;
        });
      CHECK(seen == all);
    }
  }
}

TEST_CASE("one part has all of an array at once, several differ by a block at most") {
  const auto all = sizes(4);
  const auto blocks = blocks_of(all);
  std::size_t calls = 0, arrays = 0;
  blocks.for_each_range(0, 1, [&](std::size_t array, std::size_t, std::size_t count) {
    ++calls;
    CHECK(count == all[array]);
  });
  for (const std::size_t size : all) arrays += size > 0;
  CHECK(calls == arrays);

  const std::vector<std::size_t> uneven = {64 * 1024, 10 * 1024, 1024};
  for (std::size_t part = 0; part < 3; ++part) {
    std::size_t numbers = 0;
    blocks_of(uneven).for_each_range(part, 3, [&](std::size_t, std::size_t, std::size_t count) { numbers += count; });
    CHECK(numbers == 25 * 1024);
  }
}

TEST_CASE("a team is woken for much work only, and there is no more work than parts") {
  Team team(3);
  const auto calls = [&](Team* asked, std::size_t blocks) {
    std::atomic<std::size_t> count = 0;
    detail::run_ranges(asked, blocks, [&](std::size_t part, std::size_t parts) { count += part < parts; });
    return count.load();
  };
  CHECK(calls(nullptr, 1000000) == 1);
  CHECK(calls(&team, 0) == 1);
  CHECK(calls(&team, 63) == 1);
  CHECK(calls(&team, 64) == 2);
  CHECK(calls(&team, 1000000) == 3);
}

#if defined(__SSE2__)
TEST_CASE("the caller and every thread of a team flush denormals while they work") {
  Team team(2);
  for (Team* const asked : {static_cast<Team*>(nullptr), &team}) {
    std::vector<float> results(2);
    detail::run_ranges(asked, 1000000, [&](std::size_t part, std::size_t) {
      volatile float small = std::numeric_limits<float>::min();
      results[part] = small * 0.5f;
    });
    CHECK(results == std::vector<float>{0, 0});
  }
}
#endif
