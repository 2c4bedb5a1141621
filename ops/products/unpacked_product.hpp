#pragma once

#include <unroll/ops/products/product_kernel.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

/// Products of a few rows with a matrix where it lies: packing would read the matrix a second time. At one row, which
/// is a step of training or inference at batch 1, the cache's bandwidth is the bound, so each kernel reads the matrix
/// front to back and keeps its sums in registers. The kernels add in the order of the kernel for packed matrices
/// (product_kernel.hpp): each number of the result has one sum, over the inner steps from first to last, block by block
/// of the same depth. A row's result is therefore the same to the bit, however many rows the product has and whether
/// the matrix is packed or not, unless product.cpp leaves the product to a BLAS.
///
/// Row by row (the matrix not transposed): the kernel multiplies row k of the right by number k of the left, and adds
/// it to the sums. Turned (the matrix transposed): rows in memory are columns of the right. The kernel takes as many of
/// them as a register has lanes, and as many numbers of each; it transposes this square in registers and multiplies its
/// rows.
namespace unroll::inline v0::detail {

/// The most rows of the left for which a product reads the matrix in place.
inline constexpr std::size_t few_rows = 15;

/// One row of the left by `registers` registers of the right, whose rows lie `stride` apart.
template <std::size_t registers, class Scalar>
void multiply_strip(const Walk<Scalar>& left, const Scalar* right, std::size_t stride, std::size_t inner,
                    const Block<Scalar>& result) {
  using Batch = typename Tile<Scalar>::Batch;
  Batch sum[registers];
#pragma GCC unroll 16
  for (std::size_t j = 0; j < registers; ++j) sum[j] = Batch(Scalar{0});
  const Scalar* from = left.data;
  for (std::size_t k = 0; k < inner; ++k, from += left.column_stride, right += stride) {
    const Batch number(*from);
#pragma GCC unroll 16
    for (std::size_t j = 0; j < registers; ++j)
      sum[j] = xsimd::fma(number, Batch::load_unaligned(right + j * Batch::size), sum[j]);
  }
  Scalar* to = result.data;
#pragma GCC unroll 16
  for (std::size_t j = 0; j < registers; ++j, to += Batch::size)
    (result.accumulate ? sum[j] + Batch::load_unaligned(to) : sum[j]).store_unaligned(to);
}

/// Multiplies the last columns, which fill no register: it copies them together, which is little, as a packed matrix.
template <class Scalar>
void multiply_last_columns(const Walk<Scalar>& left, std::size_t rows, const Walk<Scalar>& right, std::size_t inner,
                           const Block<Scalar>& result, Scalar* near) {
  constexpr std::size_t lanes = Tile<Scalar>::lanes;
  pack_rows([&](std::size_t k) { return right.data + k * right.row_stride; }, inner, result.columns, lanes, near);
  multiply_panel(left, rows, near, 1, inner, result);
}

/// Row by row, one block of inner steps.
template <class Scalar>
void multiply_in_place(const Walk<Scalar>& left, std::size_t rows, const Walk<Scalar>& right, std::size_t inner,
                       const Block<Scalar>& result, Scalar* near) {
  constexpr std::size_t lanes = Tile<Scalar>::lanes, widest = Tile<Scalar>::many ? 16 : 8;
  const Ranges strips(result.columns / lanes, widest);
  for (std::size_t s = 0; s < strips.count; ++s) {
    const Range strip = strips[s];
    for (std::size_t i = 0; i < rows; ++i)
      with_size<widest>(strip.size, [&](auto registers) {
        multiply_strip<registers()>(left.at(i, 0), right.data + strip.first * lanes, right.row_stride, inner,
                                    {result.data + i * result.stride + strip.first * lanes, result.stride,
                                     strip.size * lanes, result.accumulate});
      });
  }
  const std::size_t done = result.columns / lanes * lanes;
  if (done < result.columns)
    multiply_last_columns(left, rows, right.at(0, done), inner,
                          {result.data + done, result.stride, result.columns - done, result.accumulate}, near);
}

/// As many rows of the transposed matrix as a register has lanes; where there are fewer, the last one fills up.
template <class Scalar>
struct ColumnPointers {
  std::array<const Scalar*, Tile<Scalar>::lanes> columns;

  ColumnPointers(const Walk<Scalar>& right, std::size_t given) {
    for (std::size_t j = 0; j < columns.size(); ++j)
      columns[j] = right.data + std::min(j, given - 1) * right.column_stride;
  }
};

/// `rows` rows of the left by as many columns as a register has lanes.
template <std::size_t rows, class Scalar>
void multiply_turned_strip(const Walk<Scalar>& left, const ColumnPointers<Scalar>& right, std::size_t inner,
                           const Block<Scalar>& result) {
  using Batch = typename Tile<Scalar>::Batch;
  constexpr std::size_t lanes = Batch::size;
  Batch sum[rows];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < rows; ++i) sum[i] = Batch(Scalar{0});
  const auto add_step = [&](std::size_t k, const Batch& numbers) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < rows; ++i)
      sum[i] = xsimd::fma(Batch(left.data[i * left.row_stride + k * left.column_stride]), numbers, sum[i]);
  };
  std::size_t k = 0;
  for (; k + lanes <= inner; k += lanes) {
    RegisterOf<Scalar, lanes> square[lanes];
#pragma GCC unroll 16
    for (std::size_t j = 0; j < lanes; ++j) std::memcpy(&square[j], right.columns[j] + k, sizeof(square[j]));
    turn_square<lanes, Scalar>(square);
#pragma GCC unroll 16
    for (std::size_t step = 0; step < lanes; ++step) {
      Batch numbers;
      std::memcpy(static_cast<void*>(&numbers), &square[step], sizeof(numbers));
      add_step(k + step, numbers);
    }
  }
  for (; k < inner; ++k) {
    std::array<Scalar, lanes> numbers;
    for (std::size_t j = 0; j < lanes; ++j) numbers[j] = right.columns[j][k];
    add_step(k, Batch::load_unaligned(numbers.data()));
  }
#pragma GCC unroll 4
  for (std::size_t i = 0; i < rows; ++i) {
    const Batch own[1] = {sum[i]};
    put_row(own, result.data + i * result.stride, std::min(lanes, result.columns), result.accumulate);
  }
}

/// Turned, one block of inner steps.
template <class Scalar>
void multiply_turned(const Walk<Scalar>& left, std::size_t rows, const Walk<Scalar>& right, std::size_t inner,
                     const Block<Scalar>& result) {
  constexpr std::size_t lanes = Tile<Scalar>::lanes, at_once = 4;
  const Ranges groups(rows, at_once);
  for (std::size_t j = 0; j < result.columns; j += lanes) {
    const ColumnPointers<Scalar> columns(right.at(0, j), result.columns - j);
    for (std::size_t g = 0; g < groups.count; ++g) {
      const Range group = groups[g];
      with_size<at_once>(group.size, [&](auto height) {
        multiply_turned_strip<height()>(
            left.at(group.first, 0), columns, inner,
            {result.data + group.first * result.stride + j, result.stride, result.columns - j, result.accumulate});
      });
    }
  }
}

/// result (+)= left · right with the right where it lies, in the same blocks of inner steps as for a packed matrix.
/// `near` has room for one register's columns of a block.
template <class Scalar>
void multiply_unpacked(const Walk<Scalar>& left, std::size_t rows, const Walk<Scalar>& right, std::size_t inner,
                       const Block<Scalar>& result, Scalar* near) {
  const Ranges depths(inner, Blocking<Scalar>::depth);
  for (std::size_t d = 0; d < depths.count; ++d) {
    const Range depth = depths[d];
    Block<Scalar> block = result;
    block.accumulate |= d > 0;
    if (right.column_stride == 1)
      multiply_in_place(left.at(0, depth.first), rows, right.at(depth.first, 0), depth.size, block, near);
    else
      multiply_turned(left.at(0, depth.first), rows, right.at(depth.first, 0), depth.size, block);
  }
}

}  // namespace unroll::inline v0::detail
