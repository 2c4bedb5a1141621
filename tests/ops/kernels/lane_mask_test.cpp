#include "support/ops.hpp"
#include <unroll/ops/kernels/lanes.hpp>

#include <array>
#include <type_traits>

// That ?:, if, while, && and || on a mask do not compile, and what is said then, is for tests/headers/conditions.cpp.

using namespace unroll;
using namespace unroll::testing;

namespace {

/// In each lane, 1 where the condition holds and 2 where it does not: `condition(x)` against `expected` for each
/// number.
template <class Scalar>
void expect_mask(auto condition, auto expected) {
  using Register = Lanes<Scalar>;
  const std::array<double, 7> points{-1.5, -0.0, 0.0, 0.25, 1.0, 3.0, std::numeric_limits<double>::quiet_NaN()};
  for (std::size_t first = 0; first < points.size(); ++first) {
    std::array<Scalar, Register::count> numbers, chosen;
    for (std::size_t i = 0; i < Register::count; ++i)
      numbers[i] = static_cast<Scalar>(points[(first + i) % points.size()]);
    where(condition(Register::load(numbers.data())), Register(1.0), Register(2.0)).store(chosen.data());
    for (std::size_t i = 0; i < Register::count; ++i) {
      CAPTURE(i, points[(first + i) % points.size()]);
      CHECK(chosen[i] == static_cast<Scalar>(expected(points[(first + i) % points.size()]) ? 1 : 2));
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a comparison is kept for each lane, and holds for none that is NaN but !=", "[lanes]", float,
                   double) {
  expect_mask<TestType>([](auto x) { return x < 0.25; }, [](double x) { return x < 0.25; });
  expect_mask<TestType>([](auto x) { return x > 0.25; }, [](double x) { return x > 0.25; });
  expect_mask<TestType>([](auto x) { return x <= 0.25; }, [](double x) { return x <= 0.25; });
  expect_mask<TestType>([](auto x) { return x >= 0.25; }, [](double x) { return x >= 0.25; });
  expect_mask<TestType>([](auto x) { return x == 0.25; }, [](double x) { return x == 0.25; });
  expect_mask<TestType>([](auto x) { return x != 0.25; }, [](double x) { return x != 0.25; });
}

TEMPLATE_TEST_CASE("masks are joined and turned lane by lane", "[lanes]", float, double) {
  expect_mask<TestType>([](auto x) { return (x > 0.0) & (x < 2.0); }, [](double x) { return x > 0 && x < 2; });
  expect_mask<TestType>([](auto x) { return (x < 0.0) | (x > 2.0); }, [](double x) { return x < 0 || x > 2; });
  expect_mask<TestType>([](auto x) { return !(x > 0.0); }, [](double x) { return !(x > 0); });
  expect_mask<TestType>(
      [](auto x) {
        const auto not_below = !(x < 0.0), not_above = !(x > 2.0);
        return not_below & not_above & (x == x);
      },
      [](double x) { return x >= 0 && x <= 2; });
}

TEST_CASE("masks of numbers with a derivative go by the values, and choose both parts", "[lanes]") {
  using Register = Lanes<DualNumber>;
  const Register small(DualNumber{1, 5}), large(DualNumber{3, -7});
  const auto not_above = !(large < small);
  const auto least = where((small < large) & not_above, small, large);
  CHECK(least.number.value == 1);
  CHECK(least.number.tangent == 5);
  const auto other = where((small > large) | (small == large), small, large);
  CHECK(other.number.value == 3);
  CHECK(other.number.tangent == -7);
}

TEST_CASE("a mask is no bool by itself", "[lanes]") {
  using Mask = decltype(Lanes<float>(0) < Lanes<float>(1));
  STATIC_REQUIRE_FALSE(std::is_convertible_v<Mask, bool>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<Mask, int>);
}
