#pragma once

#include <unroll/framework/tape/variable.hpp>
#include <unroll/ops/kernels/dual.hpp>
#include <unroll/ops/kernels/lanes.hpp>
#include <unroll/ops/kernels/registers.hpp>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

/// The loops of `map`: a lambda run on registers of numbers for the values, and on duals of registers for the
/// gradients. For the sources of ops.
namespace unroll::inline v0::detail {

// A lambda may return one result, or a tuple (or pair, or array) of them.
template <class Type>
concept SeveralResults = requires {
  std::tuple_size<Type>::value;
};
template <class Result>
constexpr std::size_t count_results() {
  if constexpr (SeveralResults<Result>)
    return std::tuple_size_v<Result>;
  else
    return 1;
}
template <std::size_t k, class Result>
const auto& result_number(const Result& result) {
  if constexpr (SeveralResults<Result>)
    return std::get<k>(result);
  else
    return result;
}

/// How many rows the loops walk, and how long they are.
struct Extent {
  std::size_t rows, columns;
};
/// The whole shape as one row when no block skips columns or picks rows.
template <class... Blocks>
Extent flattened(const Shape& shape, const Blocks&... blocks) {
  const std::size_t columns = shape.back();
  const auto lie_in_one = [&](const auto& of) {
    bool all = true;
    for (const auto& block : of) all &= block.stride == columns && block.picked == nullptr;
    return all;
  };
  if ((lie_in_one(blocks) && ...)) return {1, shape.size()};
  return {columns == 0 ? 0 : shape.size() / columns, columns};
}

/// Where a row of each block begins; nullptr for a block without data.
// Computed once for each row: the compiler must assume that a store of a register changes a block.
template <class Scalar, std::size_t n>
std::array<Scalar*, n> row_of(const std::array<RowBlock<Scalar>, n>& blocks, std::size_t row) {
  std::array<Scalar*, n> begin;
  for (std::size_t j = 0; j < n; ++j) begin[j] = blocks[j].data == nullptr ? nullptr : blocks[j].row(row);
  return begin;
}

/// Calls compute(column, load, store) for each register of a row. For the last, incomplete register `load` fills up
/// with a number of the row, and `store` writes only the numbers of the row.
template <class Vector, class Scalar>
void for_each_load_and_store(std::size_t columns, const auto& compute) {
  for_each_register<Vector::count>(
      columns,
      [&](std::size_t column) {
        compute(
            column, [](const Scalar* from) { return Vector::load(from); },
            [](const Vector& numbers, Scalar* to) { numbers.store(to); });
      },
      [&](std::size_t column, std::size_t count) {
        compute(
            column, [count](const Scalar* from) { return load_tail<Vector>(from, count); },
            [count](const Vector& numbers, Scalar* to) { store_tail(numbers, to, count); });
      });
}

/// outputs[k] = f(inputs...)[k], element by element, a register at a time.
template <class Vector, class Function, class Scalar, std::size_t n, std::size_t m>
void map_values(const Function& function, const Extent& extent, const std::array<RowBlock<const Scalar>, n>& inputs,
                const std::array<RowBlock<Scalar>, m>& outputs) {
  for (std::size_t row = 0; row < extent.rows; ++row) {
    const auto from = row_of(inputs, row);
    const auto to = row_of(outputs, row);
    const auto compute = [&](std::size_t column, auto load, auto store) {
      const auto results = [&]<std::size_t... j>(std::index_sequence<j...>) {
        return function(load(from[j] + column)...);
      }
      (std::make_index_sequence<n>());
      [&]<std::size_t... k>(std::index_sequence<k...>) {
        (store(Vector(result_number<k>(results)), to[k] + column), ...);
      }
      (std::make_index_sequence<m>());
    };
    for_each_load_and_store<Vector, Scalar>(extent.columns, compute);
  }
}

/// gradients[j] (+)= Σₖ upstream[k] ∂f[k]/∂input[j], with f run on duals. Skips a gradient without data.
template <class Vector, class Function, class Scalar, std::size_t n, std::size_t m>
#if !defined(__SANITIZE_ADDRESS__)  // with its checks inlined too, the compiler takes minutes
[[gnu::flatten]]
#endif
void map_gradients(const Function& function, const Extent& extent,
                   const std::array<RowBlock<const Scalar>, n>& inputs,
                   const std::array<RowBlock<const Scalar>, m>& upstream,
                   const std::array<RowBlock<Scalar>, n>& gradients) {
  using DualVector = Dual<Vector, n>;
  for (std::size_t row = 0; row < extent.rows; ++row) {
    const auto from = row_of(inputs, row);
    const auto arriving = row_of(upstream, row);
    const auto to = row_of(gradients, row);
    const auto compute = [&](std::size_t column, auto load, auto store) {
      const auto results = [&]<std::size_t... j>(std::index_sequence<j...>) {
        return function(DualVector::variable(load(from[j] + column), j)...);
      }
      (std::make_index_sequence<n>());
      // A single output has an upstream gradient, or the rule would not run. Of several outputs some may have none:
      // they are skipped, since zeros times an infinite slope would be NaN.
      const auto is_used = [&](std::size_t k) { return m == 1 || arriving[k] != nullptr; };
      std::array<Vector, m> arrived;
      for (std::size_t k = 0; k < m; ++k) arrived[k] = is_used(k) ? load(arriving[k] + column) : Vector(0);
      const auto gradient_by = [&](std::size_t j) {
        return [&]<std::size_t... k>(std::index_sequence<k...>) {
          Slope<Vector> total;
          ((is_used(k) ? void(total = sum(total, times(arrived[k], DualVector(result_number<k>(results)).by(j))))
                       : void()),
           ...);
          return total.value;
        }
        (std::make_index_sequence<m>());
      };
      [&]<std::size_t... j>(std::index_sequence<j...>) {
        const auto put = [&](Scalar* row_begin, bool unwritten, const Vector& gradient) {
          if (row_begin == nullptr) return;
          store(unwritten ? gradient : load(row_begin + column) + gradient, row_begin + column);
        };
        (put(to[j], gradients[j].unwritten, gradient_by(j)), ...);
      }
      (std::make_index_sequence<n>());
    };
    for_each_load_and_store<Vector, Scalar>(extent.columns, compute);
  }
}

}  // namespace unroll::inline v0::detail
