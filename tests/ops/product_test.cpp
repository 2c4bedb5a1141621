#include "support/catch.hpp"
#include <unroll/framework/random.hpp>
#include <unroll/ops/product.hpp>

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
        product(left, right, result.data(), accumulate);
        const double tolerance = std::is_same_v<TestType, float> ? 1e-3 : 1e-11;
        for (std::size_t i = 0; i < result.size(); ++i)
          REQUIRE(result[i] == Approx(expected[i] + (accumulate ? 2 : 0)).margin(tolerance));
      }
}

TEST_CASE("a product over an inner size of 0 is zero, and one without rows touches nothing", "[product]") {
  double result[] = {3, 3};
  product<double>({nullptr, 1, 0}, {nullptr, 0, 2}, result, true);
  CHECK(result[0] == 3);
  product<double>({nullptr, 1, 0}, {nullptr, 0, 2}, result, false);
  CHECK(result[1] == 0);
  product<double>({nullptr, 0, 4}, {nullptr, 4, 2}, nullptr, false);
}

TEST_CASE("products are right whatever number of threads they may use", "[product]") {
  const auto a = normal<float>(Random(1), {64, 96}), b = normal<float>(Random(2), {96, 80});
  Tensor<> one({64, 80}), two({64, 80});
  set_product_threads(2);
  product<float>({a.data(), 64, 96}, {b.data(), 96, 80}, two.data(), false);
  set_product_threads(1);
  product<float>({a.data(), 64, 96}, {b.data(), 96, 80}, one.data(), false);
  for (std::size_t i = 0; i < one.size(); ++i) REQUIRE(one[i] == Approx(two[i]).margin(1e-4));
}
