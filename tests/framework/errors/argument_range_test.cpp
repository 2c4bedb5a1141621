#include "support/catch.hpp"
#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>

#include <cmath>
#include <limits>

using namespace unroll;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
}  // namespace

TEST_CASE("a range holds its closed ends and not its open ones") {
  CHECK(contains({.low = 1, .high = 2}, 1));
  CHECK(contains({.low = 1, .high = 2}, 2));
  CHECK_FALSE(contains({.low = 1, .high = 2, .open_low = true}, 1));
  CHECK_FALSE(contains({.low = 1, .high = 2, .open_high = true}, 2));
  CHECK_FALSE(contains({.low = 1, .high = 2}, 2.5));
  CHECK_FALSE(contains({.low = 1, .high = 2}, 0.5));
}

TEST_CASE("no range holds NaN, and infinity only belongs to one that is closed there") {
  CHECK_FALSE(contains({.low = -infinity}, not_a_number));
  CHECK(contains({}, infinity));
  CHECK_FALSE(contains(not_negative, infinity));
  CHECK(contains(not_negative, 0));
  CHECK_FALSE(contains(not_negative, -1e-300));
  CHECK_FALSE(contains(positive, 0));
  CHECK_FALSE(contains(below_one, 1));
}

TEST_CASE("a range is written as in mathematics") {
  CHECK(to_string(below_one) == "[0, 1)");
  CHECK(to_string(positive) == "(0, infinity)");
  CHECK(to_string(ArgumentRange{.low = -infinity, .high = 0.5}) == "[-infinity, 0.5]");
}

TEST_CASE("a number outside its range is refused with the operation, the argument and the range") {
  CHECK_NOTHROW(expect_in("dropout", "rate", 0.5, below_one));
  CHECK_THROWS_AS(expect_in("dropout", "rate", 1, below_one), ArgumentError);
  CHECK_THROWS_WITH(expect_in("dropout", "rate", 1.5, below_one), "dropout: rate is 1.5, expected a number in [0, 1)");
  CHECK_THROWS_WITH(expect_in("dropout", "rate", not_a_number, below_one),
                    "dropout: rate is nan, expected a number in [0, 1)");
}
