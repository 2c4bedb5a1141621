#pragma once

#include <unroll/ops/operand_rows.hpp>

#include <array>
#include <cstddef>
#include <optional>

/// How `map` reads operands that are repeated to fill a shape: it goes over the result a tile at a time, and lays out
/// the numbers of such an operand for one tile, which stays in the nearest cache. Their gradients arrive in a tile too,
/// and are summed from there into the gradient of what is repeated. So neither is ever made whole.
namespace unroll::inline v0::detail {

/// Several rows of a result, or a piece of one. Its numbers lie side by side.
struct MapTile {
  std::size_t row, column;
  std::size_t first;  // its first number among those of the result
  Shape shape;
};

/// The tiles of a result, from the first to the last.
class MapTiles {
 public:
  MapTiles(const Shape& whole, std::size_t most_numbers);
  /// Nothing after the last one.
  std::optional<MapTile> next();

 private:
  std::size_t size_, columns_, most_;
  std::size_t begin_ = 0;
};

/// Room for a tile of each operand of a map.
template <class Scalar>
inline constexpr std::size_t map_tile_size = 2048 / sizeof(Scalar);
template <class Scalar, std::size_t n>
using TileRoom = std::array<std::array<Scalar, map_tile_size<Scalar>>, n>;

/// What lies in a tile of numbers that lie in rows, if there are such.
template <class Scalar>
RowBlock<Scalar> part_in(const MapTile& tile, const RowBlock<Scalar>& block) {
  if (block.data == nullptr) return block;
  if (block.picked == nullptr) return {block.data + tile.row * block.stride + tile.column, block.stride, block.fresh};
  return {block.data + tile.column, block.stride, block.fresh, block.picked + tile.row};
}
// These and the walk are not inlined: the code of each map would grow by a fifth.
template <class Scalar, std::size_t n>
[[gnu::noinline]] std::array<RowBlock<Scalar>, n> parts_in(const MapTile& tile,
                                                           const std::array<RowBlock<Scalar>, n>& blocks) {
  std::array<RowBlock<Scalar>, n> parts;
  for (std::size_t j = 0; j < n; ++j) parts[j] = part_in(tile, blocks[j]);
  return parts;
}
/// The same of values. Those of an operand that repeats `values[j]` are laid out.
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
/// The same of gradients. Those of an operand that is repeated arrive in the room, and from there are added to
/// `gradients[j]`.
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
// Not inlined: the room would be on the stack of every map.
template <class Scalar, std::size_t n, std::size_t m>
[[gnu::noinline]] void map_tiles(const Shape& shape, const Repetitions<Scalar, n>& repeated,
                                 const std::array<RowBlock<const Scalar>, n>& values,
                                 const std::array<RowBlock<Scalar>, m>& results, const auto& compute) {
  TileRoom<Scalar, n> room;
  MapTiles tiles(shape, map_tile_size<Scalar>);
  while (const auto tile = tiles.next())
    compute(tile->shape, values_in(*tile, repeated, values, room), parts_in(*tile, results));
}

/// Calls compute(shape, values, upstream, gradients) for each tile on the way back.
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
