#include <unroll/ops/operands/map_tiles.hpp>

#include <algorithm>

namespace unroll::inline v0::detail {

MapTiles::MapTiles(const Shape& whole, std::size_t most_numbers)
    : size_(whole.size()), columns_(whole.back()), most_(most_numbers) {}

std::optional<MapTile> MapTiles::next() {
  if (begin_ == size_) return std::nullopt;  // also when an axis is 0: below, none is
  const std::size_t row = begin_ / columns_, column = begin_ % columns_;
  const std::size_t rows = std::min(std::max<std::size_t>(most_ / columns_, 1), size_ / columns_ - row);
  const MapTile tile{row, column, begin_, {rows, std::min(most_, columns_ - column)}};
  begin_ += tile.shape.size();
  return tile;
}

}  // namespace unroll::inline v0::detail
