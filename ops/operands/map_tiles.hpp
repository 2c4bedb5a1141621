#pragma once

#include <unroll/ops/operands/operand_rows.hpp>

#include <array>
#include <cstddef>
#include <optional>

/// How `map` reads operands that broadcast has repeated to fill a shape. It goes over the result tile by tile. For each
/// tile it copies the numbers of such an operand into a room of the tile's size, which stays in the nearest cache. In
/// backward, the operand's gradient for a tile arrives in a room too, and `map` adds it from there to the gradient of
/// the tensor that is repeated. So neither the repeated numbers nor their gradient are ever in memory as a whole.
namespace unroll::inline v0::detail {

/// Several rows of a result, or a piece of one row. Its numbers lie side by side.
struct MapTile {
  std::size_t row, column;  // where it begins
  std::size_t first;        // the index of its first number in the result
  Shape shape;
};

/// The tiles of a result, from the first to the last.
class MapTiles {
 public:
  MapTiles(const Shape& whole, std::size_t most_numbers);
  /// The next tile; nothing after the last one.
  std::optional<MapTile> next();

 private:
  std::size_t size_, columns_, most_;
  std::size_t begin_ = 0;
};

/// How many numbers a tile has at most: 2 KB.
template <class Scalar>
inline constexpr std::size_t map_tile_size = 2048 / sizeof(Scalar);
/// Room for a tile of each operand of a map.
template <class Scalar, std::size_t n>
using TileRoom = std::array<std::array<Scalar, map_tile_size<Scalar>>, n>;

/// The part of a block of rows that lies in a tile; a block without data stays as it is.
template <class Scalar>
RowBlock<Scalar> part_in(const MapTile& tile, const RowBlock<Scalar>& block) {
  if (block.data == nullptr) return block;
  if (block.picked == nullptr)
    return {block.data + tile.row * block.stride + tile.column, block.stride, block.unwritten};
  return {block.data + tile.column, block.stride, block.unwritten, block.picked + tile.row};
}
// These functions and the walk are not inlined, since the code of each map would grow by a fifth.
template <class Scalar, std::size_t n>
[[gnu::noinline]] std::array<RowBlock<Scalar>, n> parts_in(const MapTile& tile,
                                                           const std::array<RowBlock<Scalar>, n>& blocks) {
  std::array<RowBlock<Scalar>, n> parts;
  for (std::size_t j = 0; j < n; ++j) parts[j] = part_in(tile, blocks[j]);
  return parts;
}
/// The same for values. For an operand that repeats `values[j]`, they are copied into the room.
template <class Scalar, std::size_t n>
[[gnu::noinline]] std::array<RowBlock<const Scalar>, n> values_in(const MapTile& tile,
                                                                  const Repetitions<Scalar, n>& repeated,
                                                                  const std::array<RowBlock<const Scalar>, n>& values,
                                                                  TileRoom<Scalar, n>& room) {
  std::array<RowBlock<const Scalar>, n> parts;
  for (std::size_t j = 0; j < n; ++j) {
    if (repeated[j] != nullptr) repeated[j]->write(tile.first, tile.shape.size(), values[j].data, room[j].data());
    parts[j] =
        repeated[j] == nullptr ? part_in(tile, values[j]) : RowBlock<const Scalar>{room[j].data(), tile.shape.back()};
  }
  return parts;
}
/// The same for gradients. That of a repeated operand arrives in the room; add_gradients adds it to `gradients[j]`.
template <class Scalar, std::size_t n>
[[gnu::noinline]] std::array<RowBlock<Scalar>, n> gradients_in(const MapTile& tile,
                                                               const Repetitions<Scalar, n>& repeated,
                                                               const std::array<RowBlock<Scalar>, n>& gradients,
                                                               TileRoom<Scalar, n>& room) {
  std::array<RowBlock<Scalar>, n> parts;
  for (std::size_t j = 0; j < n; ++j)
    parts[j] = repeated[j] == nullptr || gradients[j].data == nullptr
                   ? part_in(tile, gradients[j])
                   : RowBlock<Scalar>{room[j].data(), tile.shape.back(), true};
  return parts;
}
template <class Scalar, std::size_t n>
[[gnu::noinline]] void add_gradients(const MapTile& tile, const Repetitions<Scalar, n>& repeated,
                                     const std::array<RowBlock<Scalar>, n>& gradients,
                                     const TileRoom<Scalar, n>& room) {
  for (std::size_t j = 0; j < n; ++j)
    if (repeated[j] != nullptr && gradients[j].data != nullptr)
      repeated[j]->add_gradient(tile.first, tile.shape.size(), room[j].data(), gradients[j].data);
}

/// Calls compute(shape, values, results) for each tile of a map that has repeated operands.
// Not inlined, since the room would be on the stack of every map.
template <class Scalar, std::size_t n, std::size_t m>
[[gnu::noinline]] void map_tiles(const Shape& shape, const Repetitions<Scalar, n>& repeated,
                                 const std::array<RowBlock<const Scalar>, n>& values,
                                 const std::array<RowBlock<Scalar>, m>& results, const auto& compute) {
  TileRoom<Scalar, n> room;
  MapTiles tiles(shape, map_tile_size<Scalar>);
  while (const auto tile = tiles.next())
    compute(tile->shape, values_in(*tile, repeated, values, room), parts_in(*tile, results));
}

/// Calls compute(shape, values, upstream, gradients) for each tile in backward.
template <class Scalar, std::size_t n, std::size_t m>
[[gnu::noinline]] void sweep_tiles(const Shape& shape, const Repetitions<Scalar, n>& repeated,
                                   const std::array<RowBlock<const Scalar>, n>& values,
                                   const std::array<RowBlock<const Scalar>, m>& upstream,
                                   const std::array<RowBlock<Scalar>, n>& gradients, const auto& compute) {
  TileRoom<Scalar, n> room, arriving;
  MapTiles tiles(shape, map_tile_size<Scalar>);
  while (const auto tile = tiles.next()) {
    auto parts = gradients_in(*tile, repeated, gradients, arriving);
    compute(tile->shape, values_in(*tile, repeated, values, room), parts_in(*tile, upstream), parts);
    add_gradients(*tile, repeated, gradients, arriving);
  }
}

}  // namespace unroll::inline v0::detail
