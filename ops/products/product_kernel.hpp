#pragma once

#include <unroll/ops/kernels/instructions.hpp>
#include <unroll/ops/product.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

/// A matrix product as a small block of the result held in registers, after Goto & van de Geijn (2008), "Anatomy of
/// high-performance matrix multiplication", and Van Zee & van de Geijn (2015), "BLIS". For product.cpp and its test.
namespace unroll::inline v0::detail {

/// The block of the result that stays in registers while the kernel walks the inner axis. At each inner step it spreads
/// `rows` numbers of the left and loads `registers` registers of the right for rows · registers fused multiply-adds: 24
/// for 10 loads with the 32 registers of AVX-512 and of 64-bit ARM, 12 for 8 with the 16 of AVX2. Both leave enough
/// registers for the operands, and more sums in flight (at least 8) than a multiply-add takes cycles.
template <class Scalar, class Arch = Instructions>
struct Tile {
  using Batch = xsimd::batch<Scalar, Arch>;
  static constexpr std::size_t lanes = Batch::size;
  static constexpr bool many = std::is_base_of_v<xsimd::avx512f, Arch> || std::is_base_of_v<xsimd::neon64, Arch>;
  static constexpr std::size_t rows = 6, registers = many ? 4 : 2;
};

struct Range {
  std::size_t first, size;
};

/// Splits `total` things into the fewest even ranges of at most `largest`: no thin remainder, which loads would bound.
struct Ranges {
  std::size_t total, count;

  constexpr Ranges(std::size_t things, std::size_t largest) : total(things), count((things + largest - 1) / largest) {}
  constexpr std::size_t largest() const { return (total + count - 1) / count; }
  constexpr Range operator[](std::size_t part) const {
    const std::size_t first = part * total / count;
    return {first, (part + 1) * total / count - first};
  }
};

/// The columns of the right operand, cut into panels of at most a tile's width; zeros fill up the last register. Each
/// panel lies behind the one before, row after row, so that the kernel reads memory from front to back.
template <class Scalar>
struct Panels {
  static constexpr std::size_t lanes = Tile<Scalar>::lanes;
  Ranges registers;

  explicit Panels(std::size_t columns) : registers((columns + lanes - 1) / lanes, Tile<Scalar>::registers) {}
  std::size_t count() const { return registers.count; }
  Range columns_of(std::size_t panel) const {
    const Range part = registers[panel];
    return {part.first * lanes, part.size * lanes};
  }
};

/// An operand as the kernel walks it, transposed or not: element (i, k) is data[i * row_stride + k * column_stride].
template <class Scalar>
struct Walk {
  const Scalar* data;
  std::size_t row_stride, column_stride;

  Walk at(std::size_t i, std::size_t k) const {  // of an operand without numbers, which may have no memory, nowhere
    return {data ? data + i * row_stride + k * column_stride : data, row_stride, column_stride};
  }
};
template <class Scalar>
Walk<Scalar> walk(const Matrix<Scalar>& matrix) {
  return matrix.transposed ? Walk<Scalar>{matrix.data, 1, matrix.columns}
                           : Walk<Scalar>{matrix.data, matrix.columns, 1};
}

/// A block of the result: rows `stride` numbers apart, of which the tile's first `columns` exist.
template <class Scalar>
struct Block {
  Scalar* data;
  std::size_t stride, columns;
  bool accumulate;
};

/// Writes a row of the result from the registers that hold its sums; the last register may reach beyond the columns.
template <std::size_t registers, class Batch, class Scalar>
void put_row(const Batch (&sum)[registers], Scalar* to, std::size_t columns, bool accumulate) {
  std::array<Scalar, registers * Batch::size> numbers;
#pragma GCC unroll 4
  for (std::size_t j = 0; j < registers; ++j) sum[j].store_unaligned(numbers.data() + j * Batch::size);
  for (std::size_t j = 0; j < columns; ++j) to[j] = accumulate ? to[j] + numbers[j] : numbers[j];
}

template <std::size_t registers, class Batch, class Scalar>
void put_full_row(const Batch (&sum)[registers], Scalar* to, bool accumulate) {
#pragma GCC unroll 4
  for (std::size_t j = 0; j < registers; ++j, to += Batch::size)
    (accumulate ? sum[j] + Batch::load_unaligned(to) : sum[j]).store_unaligned(to);
}

template <std::size_t rows, std::size_t registers, class Batch, class Scalar>
void put_tile(const Batch (&sum)[rows][registers], const Block<Scalar>& result) {
  if (result.columns >= registers * Batch::size) {
#pragma GCC unroll 6
    for (std::size_t i = 0; i < rows; ++i) put_full_row(sum[i], result.data + i * result.stride, result.accumulate);
  } else {
#pragma GCC unroll 6
    for (std::size_t i = 0; i < rows; ++i)
      put_row(sum[i], result.data + i * result.stride, result.columns, result.accumulate);
  }
}

/// The micro-kernel: a tile of the result over `inner` steps.
template <std::size_t rows, std::size_t registers, class Scalar>
void multiply_tile(const Walk<Scalar>& left, const Scalar* panel, std::size_t inner, const Block<Scalar>& result) {
  using Batch = typename Tile<Scalar>::Batch;
  constexpr std::size_t lanes = Batch::size;
  Batch sum[rows][registers];
#pragma GCC unroll 6
  for (std::size_t i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (std::size_t j = 0; j < registers; ++j) {
      sum[i][j] = Batch(Scalar{0});
      __builtin_prefetch(result.data + i * result.stride + j * lanes, 1);
    }
  const Scalar* from = left.data;
  for (std::size_t k = 0; k < inner; ++k, from += left.column_stride, panel += registers * lanes) {
    Batch right[registers];
#pragma GCC unroll 4
    for (std::size_t j = 0; j < registers; ++j) right[j] = Batch::load_unaligned(panel + j * lanes);
#pragma GCC unroll 6
    for (std::size_t i = 0; i < rows; ++i) {
      const Batch number(from[i * left.row_stride]);
#pragma GCC unroll 4
      for (std::size_t j = 0; j < registers; ++j) sum[i][j] = xsimd::fma(number, right[j], sum[i][j]);
    }
  }
  put_tile(sum, result);
}

/// Calls function(std::integral_constant) with the size, from 1 to `largest`.
template <std::size_t largest, class Function>
void with_size(std::size_t size, const Function& function) {
  const auto try_all = [&]<std::size_t... i>(std::index_sequence<i...>) {
    static_cast<void>(((size == i + 1 && (function(std::integral_constant<std::size_t, i + 1>{}), true)) || ...));
  };
  try_all(std::make_index_sequence<largest>{});
}

/// All tiles of one panel: `rows` of the left by `registers`.
template <class Scalar>
void multiply_panel(const Walk<Scalar>& left, std::size_t rows, const Scalar* panel, std::size_t registers,
                    std::size_t inner, const Block<Scalar>& result) {
  const Ranges tiles(rows, Tile<Scalar>::rows);
  with_size<Tile<Scalar>::registers>(registers, [&](auto width) {
    for (std::size_t tile = 0; tile < tiles.count; ++tile) {
      const Range part = tiles[tile];
      const Walk<Scalar> from = left.at(part.first, 0);
      Block<Scalar> block = result;
      block.data += part.first * result.stride;
      with_size<Tile<Scalar>::rows>(part.size,
                                    [&](auto height) { multiply_tile<height(), width()>(from, panel, inner, block); });
    }
  });
}

/// One panel from `given` columns of a matrix whose row k begins at row_of(k).
template <class Scalar, class RowOf>
void pack_rows(const RowOf& row_of, std::size_t inner, std::size_t given, std::size_t width, Scalar* to) {
  for (std::size_t k = 0; k < inner; ++k, to += width) {
    std::copy_n(row_of(k), given, to);
    std::fill_n(to + given, width - given, Scalar{0});
  }
}

template <class Scalar, std::size_t width>
using RegisterOf [[gnu::vector_size(width * sizeof(Scalar))]] = Scalar;

/// Transposes a square as wide as a register, in registers. Interleaving the first half of the rows with the second, as
/// often as the width can be halved, leaves the columns. It uses the compiler's vectors, since xsimd interleaves within
/// parts of a register on some instruction sets and across all of it on others.
template <std::size_t width, class Scalar>
[[gnu::always_inline]] inline void turn_square(RegisterOf<Scalar, width> (&rows)[width]) {
  using Vector = RegisterOf<Scalar, width>;
  Vector mixed[width];
  const auto interleave = [&]<int... i>(std::integer_sequence<int, i...>) {
    constexpr int count = width;
#pragma GCC unroll 16
    for (std::size_t j = 0; j < width / 2; ++j) {
      const Vector a = rows[j], b = rows[j + width / 2];
      mixed[2 * j] = __builtin_shufflevector(a, b, (i / 2 + i % 2 * count)...);
      mixed[2 * j + 1] = __builtin_shufflevector(a, b, ((i + count) / 2 + i % 2 * count)...);
    }
    std::copy_n(mixed, width, rows);
  };
#pragma GCC unroll 4
  for (std::size_t half = width; half > 1; half /= 2) interleave(std::make_integer_sequence<int, width>{});
}

/// to[i, j] = from[j, i] for a square as wide as a register.
template <std::size_t width, class Scalar>
void transpose_square(const Scalar* from, std::size_t from_row, Scalar* to, std::size_t to_row) {
  using Vector = RegisterOf<Scalar, width>;
  Vector rows[width];
  for (std::size_t j = 0; j < width; ++j) std::memcpy(&rows[j], from + j * from_row, sizeof(Vector));
  turn_square<width, Scalar>(rows);
  for (std::size_t i = 0; i < width; ++i) std::memcpy(to + i * to_row, &rows[i], sizeof(Vector));
}

/// One panel from `given` columns of a transposed matrix (its rows in memory), by squares: they use whole cache lines.
template <class Scalar>
void pack_columns(const Walk<Scalar>& right, std::size_t inner, std::size_t given, std::size_t width, Scalar* to) {
  constexpr std::size_t square = Tile<Scalar>::lanes;
  for (std::size_t k = 0; k < inner; k += square)
    for (std::size_t j = 0; j < width; j += square) {
      Scalar* const corner = to + k * width + j;
      if (k + square <= inner && j + square <= given) {
        transpose_square<square>(right.data + k + j * right.column_stride, right.column_stride, corner, width);
        continue;
      }
      for (std::size_t i = 0; i < std::min(square, inner - k); ++i)
        for (std::size_t lane = 0; lane < square; ++lane)
          corner[i * width + lane] =
              j + lane < given ? right.data[k + i + (j + lane) * right.column_stride] : Scalar{0};
    }
}

/// Blocks that the caches hold (Goto & van de Geijn, section 6). A block of the left, `depth` by `height`, takes
/// 192 KiB of the second level (512 KiB or more today), beside the panel of 128 KiB that streams through it. The packed
/// right of `depth` by `width` takes 4 MiB of the third. Smaller depths pass over the result more often.
template <class Scalar>
struct Blocking {
  static constexpr std::size_t depth = 2048 / sizeof(Scalar), height = 96, width = 8192 / sizeof(Scalar);
};

/// How many numbers `near` has in `multiply`: one block of the left.
template <class Scalar>
constexpr std::size_t near_size = Blocking<Scalar>::depth* Blocking<Scalar>::height;

/// The kernel reads the left in place along its rows. Down its columns every step is another page and often the same
/// cache set: this function copies a long block together first.
template <class Scalar>
Walk<Scalar> bring_near(const Walk<Scalar>& left, std::size_t rows, std::size_t inner, Scalar* near) {
  constexpr std::size_t in_place = 64;
  if (left.column_stride == 1 || inner <= in_place) return left;
  for (std::size_t k = 0; k < inner; ++k) std::copy_n(left.data + k * left.column_stride, rows, near + k * rows);
  return {near, 1, rows};
}

/// result (+)= left · right over the inner steps of one block, with the right packed.
template <class Scalar>
void multiply_block(const Walk<Scalar>& left, std::size_t rows, const PackedMatrix<Scalar>& right, Range inner,
                    const Block<Scalar>& result) {
  const Panels<Scalar> panels(right.columns);
  for (std::size_t panel = 0; panel < panels.count(); ++panel) {
    const auto [j, width] = panels.columns_of(panel);
    multiply_panel(left, rows, right.panels + j * right.inner + inner.first * width, width / panels.lanes, inner.size,
                   {result.data + j, result.stride, right.columns - j, result.accumulate});
  }
}

/// result (+)= left · right, with the right packed. `near` is working memory.
template <class Scalar>
void multiply(const Walk<Scalar>& left, std::size_t rows, const PackedMatrix<Scalar>& right,
              const Block<Scalar>& result, Scalar* near) {
  const Ranges depths(right.inner, Blocking<Scalar>::depth), heights(rows, Blocking<Scalar>::height);
  for (std::size_t d = 0; d < depths.count; ++d)
    for (std::size_t h = 0; h < heights.count; ++h) {
      const Range inner = depths[d], height = heights[h];
      const Walk<Scalar> block = bring_near(left.at(height.first, inner.first), height.size, inner.size, near);
      multiply_block(
          block, height.size, right, inner,
          {result.data + height.first * result.stride, result.stride, result.columns, result.accumulate || d > 0});
    }
}

template <class Scalar>
std::size_t packed_size(std::size_t inner, std::size_t columns) {
  const Panels<Scalar> panels(columns);
  return inner * panels.registers.total * panels.lanes;
}

/// Room for the largest block of a right operand that is packed block by block.
template <class Scalar>
std::size_t largest_block(std::size_t inner, std::size_t columns) {
  const Ranges depths(inner, Blocking<Scalar>::depth), widths(columns, Blocking<Scalar>::width);
  return packed_size<Scalar>(depths.largest(), widths.largest());
}

/// Copies `inner` rows and `columns` columns into panels. `right` walks from row to row and steps along a row.
template <class Scalar>
void pack_panels(const Walk<Scalar>& right, std::size_t inner, std::size_t columns, Scalar* to) {
  const Panels<Scalar> panels(columns);
  for (std::size_t panel = 0; panel < panels.count(); ++panel) {
    const auto [j, width] = panels.columns_of(panel);
    const std::size_t given = std::min(width, columns - j);
    if (right.column_stride == 1)
      pack_rows([from = right.at(0, j)](std::size_t k) { return from.data + k * from.row_stride; }, inner, given, width,
                to + j * inner);
    else
      pack_columns(right.at(0, j), inner, given, width, to + j * inner);
  }
}

/// The rows of a matrix, wherever each of them lies.
template <class Scalar>
using RowPointers = const Scalar* const*;

/// result (+)= leftᵀ · right over `inner` rows of both, by blocks. `near` and `panels` have room for a block of each.
template <class Scalar>
void multiply_rows(RowPointers<Scalar> left, RowPointers<Scalar> right, std::size_t inner, std::size_t rows,
                   const Block<Scalar>& result, Scalar* near, Scalar* panels) {
  using Limit = Blocking<Scalar>;
  const Ranges depths(inner, Limit::depth), widths(result.columns, Limit::width), heights(rows, Limit::height);
  for (std::size_t w = 0; w < widths.count; ++w)
    for (std::size_t d = 0; d < depths.count; ++d) {
      const Range width = widths[w], depth = depths[d];
      const Panels<Scalar> cut(width.size);
      for (std::size_t panel = 0; panel < cut.count(); ++panel) {
        const auto [j, size] = cut.columns_of(panel);
        pack_rows([from = right + depth.first, at = width.first + j](std::size_t k) { return from[k] + at; },
                  depth.size, std::min(size, width.size - j), size, panels + j * depth.size);
      }
      for (std::size_t h = 0; h < heights.count; ++h) {
        const Range height = heights[h];
        pack_rows([from = left + depth.first, at = height.first](std::size_t k) { return from[k] + at; }, depth.size,
                  height.size, height.size, near);
        multiply_block<Scalar>({near, 1, height.size}, height.size, {depth.size, width.size, panels}, {0, depth.size},
                               {result.data + height.first * result.stride + width.first, result.stride, width.size,
                                result.accumulate || d > 0});
      }
    }
}

}  // namespace unroll::inline v0::detail
