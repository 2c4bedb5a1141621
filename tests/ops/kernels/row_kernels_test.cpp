#include "support/catch.hpp"
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/kernels/row_kernels.hpp>

using namespace unroll;

TEMPLATE_TEST_CASE("row kernels equal plain loops at every length around a register", "[row-kernels]", float, double) {
  const double tolerance = std::is_same_v<TestType, float> ? 1e-4 : 1e-12;
  for (std::size_t count = 1; count < 70; ++count) {
    const auto a = normal<TestType>(Random(1), {count}), b = normal<TestType>(Random(2), {count});
    TestType largest = a[0];
    double sum = 0, products = 0;
    for (std::size_t i = 0; i < count; ++i) {
      largest = std::max(largest, a[i]);
      sum += static_cast<double>(a[i]);
      products += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    }
    REQUIRE(detail::largest_of(count, a.data()) == largest);
    REQUIRE(detail::sum_of(count, a.data()) == Approx(sum).margin(tolerance));
    REQUIRE(static_cast<double>(detail::sum_over(
                count, [](auto x, auto y) { return x * y; }, a.data(), b.data()))
            == Approx(products).margin(tolerance));

    Tensor<TestType> written({count + 1}, 5), added({count + 1}, 5);  // one more: nothing is written beyond the end
    const auto triple = [](auto x) { return x * 3; };
    detail::transform_row(count, triple, {written.data(), true}, a.data());
    detail::transform_row(count, triple, {added.data(), false}, a.data());
    for (std::size_t i = 0; i < count; ++i) {
      REQUIRE(written[i] == Approx(a[i] * 3).margin(tolerance));
      REQUIRE(added[i] == Approx(5 + a[i] * 3).margin(tolerance));
    }
    REQUIRE(written[count] == 5);
    REQUIRE(added[count] == 5);
  }
}
