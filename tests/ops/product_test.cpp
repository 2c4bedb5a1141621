#include "support/catch.hpp"
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/product.hpp>
#include <unroll/ops/products/product_kernel.hpp>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

using namespace unroll;

namespace {

template <class Scalar>
Scalar element(const Matrix<Scalar>& matrix, std::size_t row, std::size_t column) {
  return matrix.transposed ? matrix.data[column * matrix.columns + row] : matrix.data[row * matrix.columns + column];
}

template <class Scalar>
Tensor<Scalar> naive_product(const Matrix<Scalar>& a, const Matrix<Scalar>& b, const Shape& shape) {
  Tensor<Scalar> result(shape);
  const std::size_t inner = a.transposed ? a.rows : a.columns;
  for (std::size_t i = 0; i < shape[0]; ++i)
    for (std::size_t j = 0; j < shape[1]; ++j)
      for (std::size_t k = 0; k < inner; ++k) result.at({i, j}) += element(a, i, k) * element(b, k, j);
  return result;
}

}  // namespace

TEMPLATE_TEST_CASE("a product equals three plain loops, transposed or not, written or added", "[product]", float,
                   double) {
  const auto sizes = GENERATE(Shape{1, 1, 1}, Shape{1, 7, 5}, Shape{4, 1, 5}, Shape{4, 7, 1}, Shape{3, 4, 5},
                              Shape{17, 33, 65}, Shape{1, 1200, 900});
  const std::size_t m = sizes[0], n = sizes[1], k = sizes[2];
  const auto a = normal<TestType>(Random(1), {m, k}), b = normal<TestType>(Random(2), {k, n});
  for (const bool turn_left : {false, true})
    for (const bool turn_right : {false, true})
      for (const bool accumulate : {false, true}) {
        const Matrix<TestType> left =
            turn_left ? Matrix<TestType>{a.data(), k, m, true} : Matrix<TestType>{a.data(), m, k};
        const Matrix<TestType> right =
            turn_right ? Matrix<TestType>{b.data(), n, k, true} : Matrix<TestType>{b.data(), k, n};
        const auto expected = naive_product(left, right, {m, n});
        Tensor<TestType> result({m, n}, TestType(2));
        product(left, right, result.data(), add_if(accumulate));
        const double tolerance = std::is_same_v<TestType, float> ? 1e-3 : 1e-11;
        for (std::size_t i = 0; i < result.size(); ++i)
          REQUIRE(result[i] == Approx(expected[i] + (accumulate ? 2 : 0)).margin(tolerance));
      }
}

namespace {

/// Compares one product, by itself and with a packed right operand, with the three loops.
template <class Scalar>
void expect_product(std::size_t m, std::size_t n, std::size_t k, bool turn_left, bool turn_right, bool accumulate) {
  const auto a = normal<Scalar>(Random(1), {m, k}), b = normal<Scalar>(Random(2), {k, n});
  const Matrix<Scalar> left = turn_left ? Matrix<Scalar>{a.data(), k, m, true} : Matrix<Scalar>{a.data(), m, k};
  const Matrix<Scalar> right = turn_right ? Matrix<Scalar>{b.data(), n, k, true} : Matrix<Scalar>{b.data(), k, n};
  const auto expected = naive_product(left, right, {m, n});

  // One number more on either side: nothing may be written there.
  std::vector<Scalar> panels(packed_size(right) + 1, Scalar(7)), result(m * n + 2, Scalar(2)), packed(result);
  product(left, right, result.data() + 1, add_if(accumulate));
  product(left, pack(right, panels.data()), packed.data() + 1, add_if(accumulate));
  REQUIRE(panels.back() == 7);

  const double tolerance = static_cast<double>(std::numeric_limits<Scalar>::epsilon()) * 8 * static_cast<double>(k + 1);
  CAPTURE(m, n, k, turn_left, turn_right, accumulate);
  for (const auto& found : {result, packed}) {
    REQUIRE(found.front() == 2);
    REQUIRE(found.back() == 2);
    for (std::size_t i = 0; i < m * n; ++i)
      if (const double error = std::abs(found[i + 1] - expected[i] - (accumulate ? 2 : 0)); !(error <= tolerance))
        FAIL("element " << i << " is wrong by " << error);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("every remainder of rows and columns of the register tile is multiplied", "[product]", float,
                   double) {
  constexpr std::size_t lanes = detail::Tile<TestType>::lanes, tile = lanes * detail::Tile<TestType>::registers;
  for (const std::size_t n : {std::size_t{1}, lanes - 1, lanes, lanes + 1, 2 * lanes + 1, tile - 1, tile, tile + 1,
                              2 * tile - 1, 2 * tile + 1, std::size_t{63}, std::size_t{65}})
    for (std::size_t m = 1; m <= 13; ++m)
      for (const bool turn_left : {false, true})
        for (const bool turn_right : {false, true})
          expect_product<TestType>(m, n, 9, turn_left, turn_right, m % 2 == 0);
}

TEMPLATE_TEST_CASE("every remainder of the blocks along the inner axis and the rows is multiplied", "[product]", float,
                   double) {
  using Limit = detail::Blocking<TestType>;
  const std::size_t k = GENERATE(0u, 1u, 2u, 63u, 64u, 65u, 255u, 256u, 257u, 513u);
  for (const std::size_t m :
       {std::size_t{1}, std::size_t{5}, std::size_t{16}, Limit::height + 1, 2 * Limit::height + 5})
    for (const bool turn_left : {false, true})
      for (const bool turn_right : {false, true})
        for (const bool accumulate : {false, true})
          expect_product<TestType>(m, 33, k, turn_left, turn_right, accumulate);
}

TEMPLATE_TEST_CASE("a product wider than what is packed at once is whole", "[product]", float, double) {
  const std::size_t n = detail::Blocking<TestType>::width + 1;
  for (const bool turn_right : {false, true}) expect_product<TestType>(130, n, 17, false, turn_right, true);
}

TEST_CASE("a packed matrix of no rows or columns takes no room", "[product]") {
  CHECK(packed_size<float>({nullptr, 0, 5}) == 0);
  CHECK(packed_size<float>({nullptr, 5, 0, true}) == 0);
  double result[] = {3, 3};
  product<double>({nullptr, 1, 0}, pack<double>({nullptr, 0, 2}, nullptr), result, Write::over);
  CHECK(result[1] == 0);
}

TEST_CASE("a product over an inner size of 0 is zero, and one without rows touches nothing", "[product]") {
  double result[] = {3, 3};
  product<double>({nullptr, 1, 0}, {nullptr, 0, 2}, result, Write::add);
  CHECK(result[0] == 3);
  product<double>({nullptr, 1, 0}, {nullptr, 0, 2}, result, Write::over);
  CHECK(result[1] == 0);
  product<double>({nullptr, 0, 4}, {nullptr, 4, 2}, nullptr, Write::over);
}

TEST_CASE("products are right whatever number of threads they may use", "[product]") {
  for (const std::size_t rows : {64, 65, 300}) {  // from 65 on a BLAS with several threads multiplies
    const auto a = normal<float>(Random(1), {rows, 96}), b = normal<float>(Random(2), {96, 80});
    Tensor<> one({rows, 80}), two({rows, 80});
    set_product_threads(2);
    product<float>({a.data(), rows, 96}, {b.data(), 96, 80}, two.data(), Write::over);
    set_product_threads(1);
    product<float>({a.data(), rows, 96}, {b.data(), 96, 80}, one.data(), Write::over);
    for (std::size_t i = 0; i < one.size(); ++i) REQUIRE(one[i] == Approx(two[i]).margin(1e-4));
  }
}

TEST_CASE("the gradient of a wide weight over few rows has the same bits whatever number of threads", "[product]") {
  if (!packing_pays({.rows = 16})) {
    WARN("not tested: without fused multiply-adds at compile time the BLAS multiplies");
    return;
  }
  constexpr std::size_t width = 200;
  for (const std::size_t rows : {1, 7, 50, 64}) {
    const auto a = normal<float>(Random(1), {rows, width}), b = normal<float>(Random(2), {rows, width});
    std::vector<const float*> left, right;
    for (std::size_t k = 0; k < rows; ++k) {
      left.push_back(a.data() + k * width);
      right.push_back(b.data() + k * width);
    }
    const auto gradients = [&](int threads) {
      set_product_threads(threads);
      Tensor<> gathered({width, width}), alone({width, width});
      product<float>({left, right, width, width}, gathered.data(), Write::over);
      product<float>({a.data(), rows, width, true}, {b.data(), rows, width}, alone.data(), Write::over);
      return std::pair{gathered, alone};
    };
    const auto two = gradients(2), one = gradients(1);
    INFO(rows << " rows");
    CHECK(two == one);
  }
}

TEMPLATE_TEST_CASE("a product of rows wherever they lie equals plain loops, written or added", "[product]", float,
                   double) {
  const std::size_t rows = GENERATE(0u, 1u, 2u, 5u, 16u, 17u, 100u, 600u);
  for (const std::size_t left_width : {0u, 1u, 3u, 16u, 65u, 130u})
    for (const std::size_t right_width : {0u, 1u, 3u, 16u, 65u, 130u})
      for (const bool accumulate : {false, true}) {
        // Shuffled, with repetitions, from two heaps of 40 rows.
        const auto a = normal<TestType>(Random(1), {40, left_width}),
                   b = normal<TestType>(Random(2), {40, right_width});
        std::vector<const TestType*> left, right;
        for (std::size_t k = 0; k < rows; ++k) {
          left.push_back(a.data() + Random(3).bits(k) % 40 * left_width);
          right.push_back(b.data() + Random(4).bits(k) % 40 * right_width);
        }
        std::vector<double> expected(left_width * right_width, accumulate ? 2.0 : 0.0);
        for (std::size_t k = 0; k < rows; ++k)
          for (std::size_t i = 0; i < left_width; ++i)
            for (std::size_t j = 0; j < right_width; ++j)
              expected[i * right_width + j] += static_cast<double>(left[k][i]) * static_cast<double>(right[k][j]);

        // One number more on either side: nothing may be written there. NaN must be overwritten, not added to.
        std::vector<TestType> result(expected.size() + 2, accumulate ? TestType(2) : TestType(std::nan("")));
        result.front() = result.back() = 7;
        product<TestType>({left, right, left_width, right_width}, result.data() + 1, add_if(accumulate));
        CAPTURE(rows, left_width, right_width, accumulate);
        REQUIRE(result.front() == 7);
        REQUIRE(result.back() == 7);
        const double tolerance =
            static_cast<double>(std::numeric_limits<TestType>::epsilon()) * 8 * static_cast<double>(rows + 2);
        for (std::size_t i = 0; i < expected.size(); ++i)
          if (const double error = std::abs(static_cast<double>(result[i + 1]) - expected[i]); !(error <= tolerance))
            FAIL("element " << i << " is wrong by " << error);
      }
}
