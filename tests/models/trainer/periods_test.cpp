#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/periods.hpp>

#include <limits>
#include <numeric>

using namespace unroll;
using Catch::Contains;

TEST_CASE("periods follow one another and have all steps") {
  const auto [steps, validation, test] =
      GENERATE(table<std::size_t, double, double>({{0, 0.1, 0.1},
                                                   {1, 0.5, 0.49},
                                                   {100, 0.1, 0.2},
                                                   {99, 0, 0},
                                                   {7, 0.3, 0.3},
                                                   {std::size_t(1) << 31, 0.9, 0},
                                                   {std::size_t(1) << 62, 0, 0.999},
                                                   {std::size_t(-1), 0, 0.9999999999},
                                                   {std::size_t(-1), 0.5, 0.4999999}}));
  CAPTURE(steps, validation, test);
  const Periods periods = split_by_time(steps, {.validation = validation, .test = test});
  CHECK(periods.training.first == 0);
  CHECK(periods.training.end == periods.validation.first);
  CHECK(periods.validation.end == periods.test.first);
  CHECK(periods.test.end == steps);
  CHECK(static_cast<double>(periods.test.steps()) == Approx(test * static_cast<double>(steps)).margin(1));
  CHECK(static_cast<double>(periods.validation.steps()) == Approx(validation * static_cast<double>(steps)).margin(1));
}

TEST_CASE("fractions that leave nothing to learn from are refused") {
  const auto split = [](double validation, double test) {
    return split_by_time(100, {.validation = validation, .test = test});
  };
  CHECK_THROWS_WITH(split(0.5, 0.5), Contains("split_by_time: validation = 0.5, test = 0.5 given, expected fractions"));
  CHECK_THROWS_AS(split(-0.1, 0.5), ArgumentError);
  CHECK_THROWS_AS(split(0.1, std::numeric_limits<double>::quiet_NaN()), ArgumentError);
}

TEST_CASE("the values of a period are seen in place") {
  Tensor<> series({5, 2});
  std::iota(series.begin(), series.end(), 0.0f);
  const auto values = values_of(series, {1, 3});
  CHECK(values.shape() == Shape{2, 2});
  CHECK(values.data() == series.data() + 2);
  CHECK(values_of(series, {5, 5}).size() == 0);
}

TEST_CASE("a period outside the series, and a series without columns as an axis, are refused") {
  const Tensor<> series({5, 2});
  CHECK_THROWS_WITH(values_of(series, {2, 6}),
                    Contains("values_of: the period from step 2 to before 6 given, expected one within the 5 steps"));
  CHECK_THROWS_AS(values_of(series, {3, 2}), ArgumentError);
  CHECK_THROWS_AS(values_of(series, {0, std::size_t(-1)}), ArgumentError);
  CHECK_THROWS_AS(values_of(series, {std::size_t(1) << 62, std::size_t(1) << 62}), ArgumentError);
  CHECK_THROWS_WITH(values_of(Tensor<>({5}), {0, 1}), Contains("give it the shape [time, 1]"));
}
