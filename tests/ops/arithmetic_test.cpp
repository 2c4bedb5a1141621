#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/arithmetic.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {
struct Holder {
  Parameter<double> p;
  static void members(auto& self, auto&& visit) { visit("p", self.p); }
};
}  // namespace

TEMPLATE_TEST_CASE("arithmetic of Variables is that of their numbers", "[arithmetic]", float, double) {
  for (const std::size_t n : lengths) {
    Tape<TestType> tape;
    const auto a = normal<TestType>(Random(1), {n}), b = uniform<TestType>(Random(2), {n}, 0.5, 2);
    const auto x = tape.constant(a), y = tape.constant(b);
    const auto wide = [](TestType number) { return static_cast<double>(number); };
    expect_values((x + y).value(), [&](std::size_t i) { return wide(a[i]) + wide(b[i]); }, 1);
    expect_values((x - y).value(), [&](std::size_t i) { return wide(a[i]) - wide(b[i]); }, 1);
    expect_values((x * y).value(), [&](std::size_t i) { return wide(a[i]) * wide(b[i]); }, 1);
    expect_values((x / y).value(), [&](std::size_t i) { return wide(a[i]) / wide(b[i]); }, 1);
    expect_values((-x).value(), [&](std::size_t i) { return -wide(a[i]); }, 0);
  }
}

TEST_CASE("a number may stand on either side", "[arithmetic]") {
  Tape tape;
  const auto x = tape.constant(Tensor<>({2}, {1, 4}));
  CHECK(numbers_of(x + 2) == std::vector<float>{3, 6});
  CHECK(numbers_of(2 + x) == std::vector<float>{3, 6});
  CHECK(numbers_of(x - 2) == std::vector<float>{-1, 2});
  CHECK(numbers_of(2 - x) == std::vector<float>{1, -2});
  CHECK(numbers_of(x * 2) == std::vector<float>{2, 8});
  CHECK(numbers_of(2 * x) == std::vector<float>{2, 8});
  CHECK(numbers_of(x / 2) == std::vector<float>{0.5, 2});
  CHECK(numbers_of(2 / x) == std::vector<float>{2, 0.5});
}

TEST_CASE("a Parameter may stand on either side, and a Tensor on the right", "[arithmetic]") {
  Tape tape;
  const Parameter<> p(Tensor<>({2}, {8, 2}));
  const Tensor<> t({2}, {8, 2});
  const auto x = tape.constant(Tensor<>({2}, {2, 4}));
  CHECK(numbers_of(x + p) == std::vector<float>{10, 6});
  CHECK(numbers_of(p + x) == std::vector<float>{10, 6});
  CHECK(numbers_of(x - p) == std::vector<float>{-6, 2});
  CHECK(numbers_of(p - x) == std::vector<float>{6, -2});
  CHECK(numbers_of(x * p) == std::vector<float>{16, 8});
  CHECK(numbers_of(p * x) == std::vector<float>{16, 8});
  CHECK(numbers_of(x / p) == std::vector<float>{0.25, 2});
  CHECK(numbers_of(p / x) == std::vector<float>{4, 0.5});
  CHECK(numbers_of(x + t) == numbers_of(x + p));
  CHECK(numbers_of(x - t) == numbers_of(x - p));
  CHECK(numbers_of(x * t) == numbers_of(x * p));
  CHECK(numbers_of(x / t) == numbers_of(x / p));
}

TEST_CASE("infinity and NaN go through as in plain arithmetic", "[arithmetic]") {
  const std::vector<double> points{
      -1.3,  0.49,   std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), std::nan(""), 0,
      1e300, -1e-300};
  const std::size_t count = points.size();
  Tensor<double> a({count * count}), b({count * count});
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = points[i / count];
    b[i] = points[i % count];
  }
  Tape<double> tape;
  const auto x = tape.constant(a), y = tape.constant(b);
  expect_values((x + y).value(), [&](std::size_t i) { return a[i] + b[i]; }, 1);
  expect_values((x - y).value(), [&](std::size_t i) { return a[i] - b[i]; }, 1);
  expect_values((x * y).value(), [&](std::size_t i) { return a[i] * b[i]; }, 1);
  expect_values((x / y).value(), [&](std::size_t i) { return a[i] / b[i]; }, 1);
}

TEST_CASE("arithmetic: the tape's gradients agree with central differences", "[arithmetic][gradient]") {
  const auto shape = GENERATE(Shape{}, Shape{0}, Shape{1}, Shape{3, 4}, Shape{2, 3, 17});
  const std::vector inputs{normal<double>(Random(1), shape), uniform<double>(Random(2), shape, 0.5, 2)};
  expect_gradients(
      [](auto&, auto in) {
        const auto x = in[0], y = in[1];
        return std::vector{x + y, x - y, x * y, x / y, -x};
      },
      inputs);
  expect_gradients(
      [](auto&, auto in) {
        const auto x = in[1];
        return std::vector{x + 2, 2 + x, x - 2, 2 - x, x * 3, 3 * x, x / 3, 3 / x, x * x};
      },
      inputs);
}

TEST_CASE("a Parameter on either side gets its gradient", "[arithmetic][gradient]") {
  Holder holder{Parameter<double>(Tensor<double>({3}, {1.5, -0.7, 2}))};
  const auto report = check_gradients(
      [&](auto&, auto in) {
        const auto x = in[0];
        const auto& p = holder.p;
        return std::vector{x + p, p + x, x - p, p - x, x * p, p * x, x / p, p / x};
      },
      {uniform<double>(Random(2), {3}, 0.5, 2)}, Parameters<double>(holder));
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("arithmetic names the operation and both shapes when they differ", "[arithmetic][error]") {
  Tape tape;
  const auto x = tape.zeros({2, 3}), y = tape.zeros({3});
  CHECK_THROWS_AS(x + y, ShapeError);
  CHECK_THROWS_WITH(x + y, Contains("+: shapes differ: left [2, 3], right [3]"));
  CHECK_THROWS_WITH(x - y, Contains("-: shapes differ"));
  CHECK_THROWS_WITH(x * y, Contains("*: shapes differ"));
  CHECK_THROWS_WITH(x / y, Contains("/: shapes differ"));
}
