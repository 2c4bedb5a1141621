#include "support/catch.hpp"
#include <unroll/framework/memory/arena.hpp>

#include <cstdint>
#include <cstring>
#include <set>

using namespace unroll;

TEST_CASE("an arena hands out aligned memory that does not overlap", "[arena]") {
  Arena arena;
  std::vector<std::pair<std::byte*, std::size_t>> pieces;
  for (std::size_t size : {1u, 3u, 16u, 64u, 100u, 5000u, 70000u, 1u, 300000u, 0u, 8u}) {
    auto* const memory = static_cast<std::byte*>(arena.allocate(size));
    CHECK(reinterpret_cast<std::uintptr_t>(memory) % (size >= 64 ? 64 : 16) == 0);
    std::memset(memory, static_cast<int>(pieces.size()), size);
    pieces.emplace_back(memory, size);
  }
  for (std::size_t i = 0; i < pieces.size(); ++i)
    for (std::size_t j = 0; j < pieces[i].second; ++j) REQUIRE(pieces[i].first[j] == std::byte(i));
}

TEST_CASE("after a reset the same requests are served from the same places, without new memory", "[arena]") {
  Arena arena;
  const auto pass = [&] {
    std::vector<void*> places;
    for (std::size_t i = 0; i < 500; ++i) places.push_back(arena.allocate(i * 37));
    return places;
  };
  const auto first = pass();
  const std::size_t capacity = arena.capacity(), used = arena.used();
  CHECK(used <= capacity);
  arena.reset();
  CHECK(arena.used() == 0);
  CHECK(pass() == first);
  CHECK(arena.capacity() == capacity);
  CHECK(arena.used() == used);
}
