#include "support/catch.hpp"
#include <unroll/framework/tensor/dual_number.hpp>
#include <unroll/framework/tensor/tensor.hpp>

#include <limits>

using namespace unroll;

namespace {

/// Value and tangent of a function of two numbers against doubles and central differences along (0.7, -1.3).
template <class Function>
void expect_derivative(Function function, double x, double y) {
  const DualNumber found = function(DualNumber(x, 0.7), DualNumber(y, -1.3));
  const double step = 6e-6;
  const double above = function(DualNumber(x + 0.7 * step), DualNumber(y - 1.3 * step)).value;
  const double below = function(DualNumber(x - 0.7 * step), DualNumber(y + 1.3 * step)).value;
  CAPTURE(x, y, found.value, found.tangent);
  CHECK(found.value == function(DualNumber(x), DualNumber(y)).value);
  CHECK(found.tangent == Approx((above - below) / (2 * step)).epsilon(1e-8).margin(1e-9));
}

}  // namespace

TEST_CASE("the tangent of every function of dual numbers is its derivative", "[dual_number]") {
  const double x = GENERATE(0.3, 1.7), y = GENERATE(-0.6, 2.4);
  expect_derivative([](auto a, auto b) { return a + b; }, x, y);
  expect_derivative([](auto a, auto b) { return a - b; }, x, y);
  expect_derivative([](auto a, auto b) { return a * b; }, x, y);
  expect_derivative([](auto a, auto b) { return a / b; }, x, y);
  expect_derivative([](auto a, auto b) { return a += b, a *= a, a -= 2 * b, a /= b, a; }, x, y);
  expect_derivative([](auto a, auto b) { return 2 - -a * 3 / (b + 1); }, x, y);
  expect_derivative([](auto a, auto b) { return exp(a * b); }, x, y);
  expect_derivative([](auto a, auto) { return log(a); }, x, y);
  expect_derivative([](auto a, auto) { return log1p(a); }, x, y);
  expect_derivative([](auto, auto b) { return expm1(b); }, x, y);
  expect_derivative([](auto a, auto) { return sqrt(a); }, x, y);
  expect_derivative([](auto, auto b) { return abs(b); }, x, y);
  expect_derivative([](auto, auto b) { return tanh(b); }, x, y);
  expect_derivative([](auto, auto b) { return sigmoid(b); }, x, y);
  expect_derivative([](auto, auto b) { return erf(b); }, x, y);
  expect_derivative([](auto, auto b) { return sin(b); }, x, y);
  expect_derivative([](auto, auto b) { return cos(b); }, x, y);
  expect_derivative([](auto a, auto b) { return pow(a, b); }, x, y);
  expect_derivative([](auto a, auto b) { return where(b > 0, a, b); }, x, y);
}

TEST_CASE("dual numbers are compared by their values", "[dual_number]") {
  const DualNumber small(1, 5), large(2, -5), same(1, 7);
  CHECK(small < large);
  CHECK(large > small);
  CHECK(small <= same);
  CHECK(small >= same);
  CHECK(small == same);
  CHECK(small != large);
  CHECK(isinf(DualNumber(-std::numeric_limits<double>::infinity())));
  CHECK_FALSE(isinf(small));
}

TEST_CASE("what does not move has a tangent of 0, even where the slope is infinite", "[dual_number]") {
  CHECK(sqrt(DualNumber(0)).tangent == 0);
  CHECK(log(DualNumber(0)).tangent == 0);
  CHECK(pow(DualNumber(0), DualNumber(0.5)).tangent == 0);
  CHECK(pow(DualNumber(-2, 1), DualNumber(3)).tangent == 12);  // x^y by y would be log(-2)
  CHECK(pow(DualNumber(0, 1), DualNumber(0)).tangent == 0);
  CHECK((DualNumber(1) / DualNumber(0)).tangent == 0);
  CHECK(sqrt(DualNumber(0, 1)).tangent == std::numeric_limits<double>::infinity());
  CHECK(abs(DualNumber(0, 1)).tangent == 0);
}

TEST_CASE("a tensor of dual numbers begins as zeros, and constants have no tangent", "[dual_number]") {
  const Tensor<DualNumber> zeros({2});
  CHECK((zeros[1].value == 0 && zeros[1].tangent == 0));
  const auto three = cast<DualNumber>(Tensor<double>({1}, 3));
  CHECK((three[0].value == 3 && three[0].tangent == 0));
  CHECK(detail::value_of(DualNumber(4, 5)) == 4);
  CHECK(detail::value_of(0.5F) == 0.5F);
}
