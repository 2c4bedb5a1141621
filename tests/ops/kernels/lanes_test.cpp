#include "support/ops.hpp"
#include <unroll/ops/kernels/lanes.hpp>

#include <array>
#include <functional>

using namespace unroll;
using namespace unroll::testing;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The points that Stan Math tries on every function, and some more.
const std::vector<double> points{-1.3, 0.49,  0.99, 1.01, infinity, -infinity, not_a_number, 0,  1,  -1,
                                 1e-6, -1e-6, 0.3,  3,    -3,       20,        -20,          80, -80};

/// Every lane of `function(lanes)` against `expected(number)`; in each lane stands another point.
template <class Scalar, class Function>
void expect_lanes(Function function, const std::function<double(double)>& expected, double units = 8) {
  constexpr std::size_t count = Lanes<Scalar>::count;
  for (std::size_t first = 0; first < points.size(); ++first) {
    std::array<Scalar, count> numbers, results;
    for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<Scalar>(points[(first + i) % points.size()]);
    function(Lanes<Scalar>::load(numbers.data())).store(results.data());
    for (std::size_t i = 0; i < count; ++i) {
      const double result = static_cast<double>(static_cast<Scalar>(expected(static_cast<double>(numbers[i]))));
      CAPTURE(numbers[i], results[i], result);
      CHECK(near(results[i], result, units));
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("every function of Lanes equals the standard one in every lane", "[lanes]", float, double) {
  expect_lanes<TestType>([](auto x) { return exp(x); }, [](double x) { return std::exp(x); });
  expect_lanes<TestType>([](auto x) { return log(x); }, [](double x) { return std::log(x); });
  expect_lanes<TestType>([](auto x) { return log1p(x); }, [](double x) { return std::log1p(x); });
  expect_lanes<TestType>([](auto x) { return expm1(x); }, [](double x) { return std::expm1(x); });
  expect_lanes<TestType>([](auto x) { return sqrt(x); }, [](double x) { return std::sqrt(x); });
  expect_lanes<TestType>([](auto x) { return abs(x); }, [](double x) { return std::abs(x); }, 0);
  expect_lanes<TestType>([](auto x) { return tanh(x); }, [](double x) { return std::tanh(x); });
  expect_lanes<TestType>([](auto x) { return erf(x); }, [](double x) { return std::erf(x); });
  expect_lanes<TestType>([](auto x) { return sin(x); }, [](double x) { return std::sin(x); });
  expect_lanes<TestType>([](auto x) { return cos(x); }, [](double x) { return std::cos(x); });
  expect_lanes<TestType>([](auto x) { return sigmoid(x); }, [](double x) { return 1 / (1 + std::exp(-x)); });
}

TEMPLATE_TEST_CASE("what is made for numbers near 0 is good to a few units of its last place there", "[lanes]", float,
                   double) {
  constexpr std::size_t count = Lanes<TestType>::count;
  for (const double point : {1e-300, 3e-160, 1e-38, 7e-20, 1e-8, 3e-4, 0.02, 0.3})
    for (const double signed_point : {point, -point}) {
      const auto x = static_cast<TestType>(signed_point);
      if (std::abs(x) < std::numeric_limits<TestType>::min()) continue;  // a denormal
      std::array<TestType, count> found;
      const auto expect_close = [&](Lanes<TestType> result, double expected, double units = 4) {
        result.store(found.data());
        CAPTURE(x, found[0], expected);
        constexpr auto unit = static_cast<double>(std::numeric_limits<TestType>::epsilon());
        CHECK(std::abs(static_cast<double>(found[0]) - expected) <= units * unit * std::abs(expected));
      };
      expect_close(expm1(Lanes<TestType>(x)), std::expm1(static_cast<double>(x)));
      expect_close(log1p(Lanes<TestType>(x)), std::log1p(static_cast<double>(x)));
      expect_close(tanh(Lanes<TestType>(x)), std::tanh(static_cast<double>(x)));
      expect_close(erf(Lanes<TestType>(x)), std::erf(static_cast<double>(x)), 16);
      expect_close(sin(Lanes<TestType>(x)), std::sin(static_cast<double>(x)));
    }
}

TEMPLATE_TEST_CASE("the power of Lanes equals the standard one, but for a fractional power of -infinity", "[lanes]",
                   float, double) {
  for (const double exponent : {0.0, 1.0, 2.0, 3.0, -1.0, 0.5, -2.5}) {
    CAPTURE(exponent);
    expect_lanes<TestType>([=](auto x) { return pow(x, decltype(x)(exponent)); },
                           [=](double x) {
                             const bool fraction = exponent != std::floor(exponent);
                             return x == -infinity && fraction ? not_a_number : std::pow(x, exponent);
                           },
                           64);
  }
}

TEMPLATE_TEST_CASE("arithmetic of Lanes is that of numbers", "[lanes]", float, double) {
  const auto y = static_cast<TestType>(0.7);
  const double wide = static_cast<double>(y);
  expect_lanes<TestType>([=](auto x) { return x + y; }, [=](double x) { return x + wide; }, 1);
  expect_lanes<TestType>([=](auto x) { return y - x; }, [=](double x) { return wide - x; }, 1);
  expect_lanes<TestType>([=](auto x) { return x * y; }, [=](double x) { return x * wide; }, 1);
  expect_lanes<TestType>([=](auto x) { return y / x; }, [=](double x) { return wide / x; }, 1);
  expect_lanes<TestType>([](auto x) { return -x; }, [](double x) { return -x; }, 0);
  expect_lanes<TestType>([=](auto x) { return x += y, x *= y, x -= y, x; },
                         [=](double x) { return (x + wide) * wide - wide; }, 2);
}

TEMPLATE_TEST_CASE("where chooses in every lane, and no comparison holds for NaN", "[lanes]", float, double) {
  const auto half = static_cast<TestType>(0.5);
  expect_lanes<TestType>([=](auto x) { return where(x < half, decltype(x)(1), decltype(x)(2)); },
                         [](double x) { return x < 0.5 ? 1 : 2; }, 0);
  expect_lanes<TestType>([=](auto x) { return where(x > half, decltype(x)(1), decltype(x)(2)); },
                         [](double x) { return x > 0.5 ? 1 : 2; }, 0);
  expect_lanes<TestType>([](auto x) { return where(x <= 1, x, decltype(x)(2)); },
                         [](double x) { return x <= 1 ? x : 2; }, 0);
  expect_lanes<TestType>([](auto x) { return where(x >= 1, x, decltype(x)(2)); },
                         [](double x) { return x >= 1 ? x : 2; }, 0);
}

TEST_CASE("plain numbers have where and sigmoid too", "[lanes]") {
  CHECK(where(true, 1.0, 2) == 1.0);
  CHECK(where(false, 1.0f, 2) == 2.0f);
  CHECK(sigmoid(0.0) == 0.5);
  CHECK(sigmoid(-1000.0f) == 0.0f);
  CHECK(sigmoid(1000.0f) == 1.0f);
}
