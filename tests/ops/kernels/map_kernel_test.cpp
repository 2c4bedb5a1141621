#include "support/catch.hpp"
#include <unroll/ops/kernels/map_kernel.hpp>

#include <array>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

using namespace unroll;
using Vector = Lanes<double>;

namespace {

std::vector<double> counted_from(double first, std::size_t count) {
  std::vector<double> numbers(count);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

}  // namespace

TEST_CASE("rows are walked as one where all lie in one, and one by one where a block skips or picks", "[map]") {
  const std::vector<double> numbers(12);
  const std::vector<int> picked{1, 0};
  const Shape shape{2, 3};
  const auto extent_of = [&](const RowBlock<const double>& other) {
    const std::array<RowBlock<const double>, 2> blocks{RowBlock<const double>{numbers.data(), 3}, other};
    const auto [rows, columns] = detail::flattened(shape, blocks);
    return std::pair{rows, columns};
  };
  CHECK(extent_of({numbers.data(), 3}) == std::pair<std::size_t, std::size_t>{1, 6});
  CHECK(extent_of({numbers.data(), 6}) == std::pair<std::size_t, std::size_t>{2, 3});
  CHECK(extent_of({numbers.data(), 3, false, picked.data()}) == std::pair<std::size_t, std::size_t>{2, 3});
  const std::array<RowBlock<const double>, 1> apart{RowBlock<const double>{numbers.data(), 5}};
  CHECK(detail::flattened(Shape{2, 0}, apart).rows == 0);
}

TEST_CASE("a block's rows begin where its stride and its picked rows say, and nowhere without data", "[map]") {
  double numbers[12] = {};
  const int picked[] = {2, 0};
  const std::array<RowBlock<double>, 3> blocks{RowBlock<double>{numbers, 4}, RowBlock<double>{numbers, 4, true, picked},
                                               RowBlock<double>{nullptr, 4, false, picked}};
  CHECK(detail::row_of(blocks, 0) == std::array<double*, 3>{numbers, numbers + 8, nullptr});
  CHECK(detail::row_of(blocks, 1) == std::array<double*, 3>{numbers + 4, numbers, nullptr});
}

TEST_CASE("values are those of a plain loop, over rows that are apart and picked, with several results", "[map]") {
  const std::size_t rows = 3, columns = GENERATE(1u, 4u, 7u, 17u), stride = columns + 2;
  const auto left = counted_from(1, rows * stride), right = counted_from(-5, rows * columns);
  const std::vector<int> picked{2, 0, 1};
  std::vector<double> sums(rows * columns), products(rows * stride, -1);
  detail::map_values<Vector>(
      [](auto a, auto b) {
        return std::tuple{a + b, a * b};
      },
      detail::Extent{rows, columns},
      std::array{RowBlock<const double>{left.data(), stride},
                 RowBlock<const double>{right.data(), columns, false, picked.data()}},
      std::array{RowBlock<double>{sums.data(), columns}, RowBlock<double>{products.data(), stride}});
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < stride; ++i) {
      if (i >= columns) {
        CHECK(products[row * stride + i] == -1);  // between the rows nothing is written
        continue;
      }
      const double a = left[row * stride + i], b = right[static_cast<std::size_t>(picked[row]) * columns + i];
      CHECK(sums[row * columns + i] == a + b);
      CHECK(products[row * stride + i] == a * b);
    }
}

TEST_CASE("gradients are written or added, and left out of operands and outputs that have none", "[map]") {
  const std::size_t count = GENERATE(1u, 4u, 9u);
  const auto x = counted_from(1, count), y = counted_from(2, count), arrived = counted_from(3, count);
  std::vector<double> dx(count, 100);
  const bool unwritten = GENERATE(true, false);
  const auto sweep = [&](const double* of_sum, const double* of_product) {
    detail::map_gradients<Vector>(
        [](auto a, auto b) {
          return std::tuple{a + b, a * b};
        },
        detail::Extent{1, count},
        std::array{RowBlock<const double>{x.data(), count}, RowBlock<const double>{y.data(), count}},
        std::array{RowBlock<const double>{of_sum, count}, RowBlock<const double>{of_product, count}},
        std::array{RowBlock<double>{dx.data(), count, unwritten}, RowBlock<double>{nullptr, count}});
  };
  sweep(arrived.data(), arrived.data());
  for (std::size_t i = 0; i < count; ++i) CHECK(dx[i] == (unwritten ? 0 : 100) + arrived[i] * (1 + y[i]));
  dx.assign(count, 100);
  sweep(nullptr, arrived.data());
  for (std::size_t i = 0; i < count; ++i) CHECK(dx[i] == (unwritten ? 0 : 100) + arrived[i] * y[i]);
}
