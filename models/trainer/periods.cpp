#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/periods.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

Periods split_by_time(std::size_t steps, const HeldOutFractions& fractions) {
  const double validation = fractions.validation, test = fractions.test;
  if (!(validation >= 0 && test >= 0 && validation + test < 1))
    throw ArgumentError(
        fmt::format("split_by_time: validation = {}, test = {} given, expected fractions of the time "
                    "of at least 0, and below 1 together",
                    validation, test));
  // A double holds no more than 53 bits: less than 2^64 times a fraction below 1 is less than 2^64.
  const auto fraction_of = [&](double fraction) {
    return static_cast<std::size_t>(static_cast<double>(steps) * fraction);
  };
  const std::size_t test_begin = steps - std::min(steps, fraction_of(test));
  const std::size_t begin = test_begin - std::min(test_begin, fraction_of(validation));
  return {.training = {0, begin}, .validation = {begin, test_begin}, .test = {test_begin, steps}};
}

template <class Scalar>
TensorView<const Scalar> values_of(const Tensor<Scalar>& series, const Period& period) {
  detail::expect_period("values_of", series.shape(), period);
  const std::size_t columns = series.shape()[1];
  return {series.data() + period.first * columns, {period.steps(), columns}};
}

template TensorView<const float> values_of(const Tensor<float>&, const Period&);
template TensorView<const double> values_of(const Tensor<double>&, const Period&);

namespace detail {

void expect_period(const char* operation, const Shape& series, const Period& period) {
  if (series.rank() != 2)
    throw ShapeError(
        fmt::format("{}: series of shape {} given, expected [time, columns] (is it one column? give it "
                    "the shape [time, 1])",
                    operation, to_string(series)));
  if (period.first > period.end || period.end > series[0])
    throw ArgumentError(
        fmt::format("{}: the period from step {} to before {} given, expected one within the {} steps "
                    "of the series",
                    operation, period.first, period.end, series[0]));
}

}  // namespace detail

}  // namespace unroll::inline v0
