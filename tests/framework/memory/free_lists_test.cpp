#include "support/catch.hpp"
#include <unroll/framework/memory/free_lists.hpp>

#include <array>

using namespace unroll;

TEST_CASE("a free list hands out what was given back, the last first, by size", "[free_lists]") {
  std::array<std::array<void*, 4>, 3> pieces;
  void* small = nullptr;
  FreeLists free_lists;
  CHECK(free_lists.take(sizeof pieces[0]) == nullptr);
  for (auto& piece : pieces) free_lists.give(piece.data(), sizeof piece);
  free_lists.give(&small, sizeof small);
  CHECK(free_lists.take(16) == nullptr);
  CHECK(free_lists.take(sizeof pieces[0]) == pieces[2].data());
  CHECK(free_lists.take(sizeof small) == &small);
  CHECK(free_lists.take(sizeof small) == nullptr);
  CHECK(free_lists.take(sizeof pieces[0]) == pieces[1].data());
  free_lists.give(pieces[2].data(), sizeof pieces[2]);
  CHECK(free_lists.take(sizeof pieces[0]) == pieces[2].data());
  CHECK(free_lists.take(sizeof pieces[0]) == pieces[0].data());
  CHECK(free_lists.take(sizeof pieces[0]) == nullptr);
}

TEST_CASE("a free list keeps nothing too small to be listed, and nothing after it was told to forget", "[free_lists]") {
  std::array<void*, 2> piece{};
  FreeLists free_lists;
  free_lists.give(piece.data(), sizeof(void*) - 1);
  CHECK(free_lists.take(sizeof(void*) - 1) == nullptr);
  CHECK(piece[0] == nullptr);
  free_lists.give(piece.data(), sizeof piece);
  free_lists.forget();
  CHECK(free_lists.take(sizeof piece) == nullptr);
}
