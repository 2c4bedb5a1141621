#include "support/catch.hpp"
#include <unroll/ops/operands/map_tiles.hpp>

#include <vector>

using namespace unroll;

TEST_CASE("tiles hold each number once, in order, and no more than there is room for", "[tiles]") {
  const Shape shape = GENERATE(Shape{}, Shape{1}, Shape{25}, Shape{7, 3}, Shape{2, 3, 10}, Shape{3, 11}, Shape{0, 4},
                               Shape{4, 0}, Shape{20, 1});
  std::size_t next = 0;
  detail::MapTiles tiles(shape, 10);
  while (const auto tile = tiles.next()) {
    CHECK(tile->first == next);
    CHECK(tile->first == tile->row * shape.back() + tile->column);
    CHECK(tile->shape.size() > 0);
    CHECK(tile->shape.size() <= 10);
    next += tile->shape.size();
  }
  CHECK(next == shape.size());
}

TEST_CASE("a tile of rows that are apart, or picked, begins where its first number lies", "[tiles]") {
  std::vector<float> numbers(100);
  const std::vector<int> indices{3, 1, 2};
  const detail::MapTile tile{1, 2, 0, {2, 3}};
  const auto apart = detail::part_in(tile, RowBlock<float>{numbers.data(), 10});
  CHECK(apart.row(0) == numbers.data() + 12);
  CHECK(apart.row(1) == numbers.data() + 22);
  const auto picked = detail::part_in(tile, RowBlock<float>{numbers.data(), 10, true, indices.data()});
  CHECK(picked.row(0) == numbers.data() + 12);
  CHECK(picked.row(1) == numbers.data() + 22);
  CHECK(picked.unwritten);
  CHECK(detail::part_in(tile, RowBlock<float>{nullptr, 10}).data == nullptr);
}
