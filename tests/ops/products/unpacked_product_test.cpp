#include "support/ops.hpp"
#include <unroll/ops/products/unpacked_product.hpp>

#include <array>
#include <vector>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// Sizes around those of registers, tiles and blocks.
constexpr std::array<std::size_t, 10> sizes{1, 2, 7, 16, 17, 31, 64, 65, 130, 1100};

template <class Scalar>
std::vector<Scalar> numbers(std::uint64_t seed, std::size_t count) {
  const auto tensor = normal<Scalar>(Random(seed), {count});
  return {tensor.begin(), tensor.end()};
}

/// Calls `test(right)` with [inner, columns] as it lies and transposed.
template <class Scalar>
void for_both_turns(std::size_t inner, std::size_t columns, auto&& test) {
  const auto data = numbers<Scalar>(7, inner * columns);
  test(Matrix<Scalar>{data.data(), inner, columns, false});
  test(Matrix<Scalar>{data.data(), columns, inner, true});
}

}  // namespace

TEMPLATE_TEST_CASE("a product with a matrix where it lies is the sum of its definition", "[product]", float, double) {
  for (const std::size_t rows : {1, 2, 4, 5, 15})
    for (const std::size_t inner : sizes)
      for (const std::size_t columns : sizes)
        for_both_turns<TestType>(inner, columns, [&](const Matrix<TestType>& right) {
          const auto left = numbers<TestType>(3, rows * inner);
          const auto before = numbers<TestType>(4, rows * columns);
          std::vector<TestType> near(detail::near_size<TestType>);
          for (const bool accumulate : {false, true}) {
            auto result = before;
            detail::multiply_unpacked(detail::walk(Matrix<TestType>{left.data(), rows, inner}), rows,
                                      detail::walk(right), inner, {result.data(), columns, columns, accumulate},
                                      near.data());
            double worst = 0;
            for (std::size_t i = 0; i < rows; ++i)
              for (std::size_t j = 0; j < columns; ++j) {
                double expected = accumulate ? static_cast<double>(before[i * columns + j]) : 0;
                for (std::size_t k = 0; k < inner; ++k)
                  expected += static_cast<double>(left[i * inner + k])
                              * static_cast<double>(right.data[right.transposed ? j * inner + k : k * columns + j]);
                worst = std::max(worst, std::abs(expected - static_cast<double>(result[i * columns + j])));
              }
            const double unit = static_cast<double>(std::numeric_limits<TestType>::epsilon());
            INFO(rows << " x " << columns << " x " << inner << (right.transposed ? " transposed" : ""));
            CHECK(worst < 8 * unit * static_cast<double>(inner + 8));
          }
        });
}

TEMPLATE_TEST_CASE("a row's bits depend neither on how many rows are multiplied nor on how the matrix lies",
                   "[product]", float, double) {
  set_product_threads(1);  // what several may share is left to the BLAS
  if (!packing_pays({.rows = 16})) {
    WARN("not tested: without fused multiply-adds at compile time the BLAS multiplies");
    return;
  }
  constexpr std::size_t most = 70;
  for (const std::size_t inner : sizes)
    for (const std::size_t columns : sizes)
      for_both_turns<TestType>(inner, columns, [&](const Matrix<TestType>& right) {
        const auto left = numbers<TestType>(3, most * inner);
        std::vector<TestType> panels(packed_size(right)), all(most * columns);
        const auto packed = pack(right, panels.data());
        product(Matrix<TestType>{left.data(), most, inner}, packed, all.data(), Write::over);
        for (const std::size_t rows : {std::size_t{1}, std::size_t{3}, std::size_t{15}, std::size_t{16}, most}) {
          const Matrix<TestType> some{left.data(), rows, inner};
          const std::vector<TestType> expected(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(rows * columns));
          std::vector<TestType> result(rows * columns);
          INFO(rows << " x " << columns << " x " << inner << (right.transposed ? " transposed" : ""));
          product(some, right, result.data(), Write::over);
          CHECK((result == expected));
          product_as_packed(some, right, result.data(), Write::over);
          CHECK((result == expected));
          product(some, packed, result.data(), Write::over);
          CHECK((result == expected));
        }
      });
}

TEMPLATE_TEST_CASE(
    "a row's bits are the same in products of any size, added or not, with the left as it lies or turned", "[product]",
    float, double) {
  set_product_threads(1);
  if (!packing_pays({.rows = 16})) {
    WARN("not tested: without fused multiply-adds at compile time the BLAS multiplies");
    return;
  }
  const Random random(5);
  for (std::uint64_t trial = 0; trial < 30; ++trial) {
    const auto drawn = [&](std::uint64_t which, std::size_t most) {
      return 1 + static_cast<std::size_t>(random.bits(4 * trial + which) % most);
    };
    const std::size_t rows = drawn(0, 80), inner = drawn(1, 700), columns = drawn(2, 300);
    const auto left = numbers<TestType>(3, rows * inner), before = numbers<TestType>(4, rows * columns);
    std::vector<TestType> turned(rows * inner);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t k = 0; k < inner; ++k) turned[k * rows + i] = left[i * inner + k];
    for_both_turns<TestType>(inner, columns, [&](const Matrix<TestType>& right) {
      for (const bool accumulate : {false, true}) {
        INFO(rows << " x " << columns << " x " << inner << (right.transposed ? " transposed" : ""));
        auto all = before, of_turned = before, one_by_one = before;
        product(Matrix<TestType>{left.data(), rows, inner}, right, all.data(), add_if(accumulate));
        product(Matrix<TestType>{turned.data(), inner, rows, true}, right, of_turned.data(), add_if(accumulate));
        for (std::size_t i = 0; i < rows; ++i)
          product(Matrix<TestType>{left.data() + i * inner, 1, inner}, right, one_by_one.data() + i * columns,
                  add_if(accumulate));
        CHECK((all == one_by_one));
        CHECK((all == of_turned));
      }
    });
  }
}
