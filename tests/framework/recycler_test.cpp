#include "support/catch.hpp"
#include <unroll/framework/recycler.hpp>

#include <array>

using namespace unroll;

TEST_CASE("a recycler hands out what was given back, the last first, by size", "[recycler]") {
  std::array<std::array<void*, 4>, 3> pieces;
  void* small = nullptr;
  Recycler recycler;
  CHECK(recycler.take(sizeof pieces[0]) == nullptr);
  for (auto& piece : pieces) recycler.give(piece.data(), sizeof piece);
  recycler.give(&small, sizeof small);
  CHECK(recycler.take(16) == nullptr);
  CHECK(recycler.take(sizeof pieces[0]) == pieces[2].data());
  CHECK(recycler.take(sizeof small) == &small);
  CHECK(recycler.take(sizeof small) == nullptr);
  CHECK(recycler.take(sizeof pieces[0]) == pieces[1].data());
  recycler.give(pieces[2].data(), sizeof pieces[2]);
  CHECK(recycler.take(sizeof pieces[0]) == pieces[2].data());
  CHECK(recycler.take(sizeof pieces[0]) == pieces[0].data());
  CHECK(recycler.take(sizeof pieces[0]) == nullptr);
}

TEST_CASE("a recycler keeps nothing too small to be listed, and nothing after it was told to forget", "[recycler]") {
  std::array<void*, 2> piece{};
  Recycler recycler;
  recycler.give(piece.data(), sizeof(void*) - 1);
  CHECK(recycler.take(sizeof(void*) - 1) == nullptr);
  CHECK(piece[0] == nullptr);
  recycler.give(piece.data(), sizeof piece);
  recycler.forget();
  CHECK(recycler.take(sizeof piece) == nullptr);
}
