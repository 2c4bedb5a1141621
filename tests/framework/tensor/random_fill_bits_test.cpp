#include "support/catch.hpp"
#include <unroll/framework/tensor/random.hpp>

#include <vector>

using namespace unroll;

TEST_CASE("fill_bits gives the same bits as asking one position at a time", "[random]") {
  const Random random(12345);
  const std::uint64_t first = GENERATE(0ull, 1ull, 2ull, 3ull, 4ull, 64ull, 4294967295ull * 4 - 6);
  for (const std::size_t count : {0u, 1u, 3u, 4u, 5u, 255u, 256u, 257u, 512u, 800u}) {
    std::vector<std::uint32_t> words(count + 1, 7u);
    random.fill_bits(first, std::span(words.data(), count));
    for (std::size_t i = 0; i < count; ++i) REQUIRE(words[i] == random.bits(first + i));
    CHECK(words[count] == 7u);  // nothing is written behind the end
  }
}

TEST_CASE("the bits at counter 0 under key 0 are those that the paper publishes for philox4x32-10", "[random]") {
  const Random random(0);
  CHECK(random.bits(0) == 0x6627e8d5u);
  CHECK(random.bits(1) == 0xe169c58du);
  CHECK(random.bits(2) == 0xbc57ac4cu);
  CHECK(random.bits(3) == 0x9b00dbd8u);
}
