#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/reduction.hpp>
#include <unroll/ops/softmax.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// log Σ e^x of one row, in long double and without any care for overflow.
template <class Scalar>
double naive_logsumexp(const Scalar* x, std::size_t n) {
  long double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += std::exp(static_cast<long double>(x[i]));
  return static_cast<double>(std::log(sum));
}

}  // namespace

TEMPLATE_TEST_CASE("softmax, log_softmax and logsumexp equal plain loops", "[softmax]", float, double) {
  for (const std::size_t n : lengths) {
    Tape<TestType> tape;
    const auto x = normal<TestType>(Random(n), {3, n}, 0, 3);
    const auto v = tape.constant(x);
    const auto expected = [&](std::size_t row) { return naive_logsumexp(x.data() + row * n, n); };
    expect_values(logsumexp(v).value(), expected);
    expect_values(log_softmax(v).value(), [&](std::size_t i) { return static_cast<double>(x[i]) - expected(i / n); });
    expect_values(softmax(v).value(),
                  [&](std::size_t i) { return std::exp(static_cast<double>(x[i]) - expected(i / n)); });
  }
}

TEST_CASE("softmax along any axis is softmax of each line", "[softmax]") {
  Tape<double> tape;
  const Shape shape{2, 3, 4};
  const auto x = normal<double>(Random(1), shape);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto signed_axis = static_cast<std::ptrdiff_t>(axis);
    const auto v = tape.constant(x);
    const auto y = softmax(v, signed_axis), logarithm = log_softmax(v, signed_axis), sums = logsumexp(v, signed_axis);
    REQUIRE(sums.shape() == shape.without(axis));
    REQUIRE(logsumexp(v, signed_axis, {.keep_axes = true}).shape() == shape.with(axis, 1));
    const std::size_t after = shape.after(axis), extent = shape[axis];
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const std::size_t first = i / (after * extent) * after * extent + i % after;
      std::vector<double> line;
      for (std::size_t k = 0; k < extent; ++k) line.push_back(x[first + k * after]);
      const double expected = naive_logsumexp(line.data(), extent);
      CHECK(near(sums.value()[i / (after * extent) * after + i % after], expected));
      CHECK(near(logarithm.value()[i], x[i] - expected));
      CHECK(near(y.value()[i], std::exp(x[i] - expected)));
    }
  }
}

TEMPLATE_TEST_CASE("softmax neither overflows nor vanishes", "[softmax]", float, double) {
  const auto large = static_cast<TestType>(1e30), inf = static_cast<TestType>(infinity);
  Tape<TestType> tape;
  const auto x = tape.constant(Tensor<TestType>({2, 3}, {large, large, -large, 1000, 0, -inf}));
  expect_values(softmax(x).value(), [](std::size_t i) { return std::array{0.5, 0.5, 0.0, 1.0, 0.0, 0.0}[i]; });
  expect_values(log_softmax(x).value(), [&](std::size_t i) {
    return std::array{-std::log(2.0), -std::log(2.0), -2 * static_cast<double>(large), 0.0, -1000.0, -infinity}[i];
  });
  expect_values(logsumexp(x).value(), [&](std::size_t i) { return i == 0 ? static_cast<double>(large) : 1000.0; });
}

TEST_CASE("infinite rows have their limits, and NaN is not hidden", "[softmax]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Tape<double> tape;
  const auto sums = [&](std::vector<double> row) {
    const Shape shape{row.size()};
    return logsumexp(tape.constant(Tensor<double>(shape, std::move(row)))).item();
  };
  CHECK(sums({-infinity, -infinity}) == -infinity);
  CHECK(sums({0, infinity}) == infinity);
  CHECK(sums({}) == -infinity);
  CHECK(std::isnan(sums({1, nan, 2})));
  const std::vector<std::vector<double>> undefined{{-infinity, -infinity}, {0, infinity}, {nan, 0}, {0, nan}};
  for (const auto& row : undefined) {
    const auto x = tape.constant(Tensor<double>({2}, row));
    for (const double number : numbers_of(softmax(x))) CHECK(std::isnan(number));
    for (const double number : numbers_of(log_softmax(x))) CHECK(std::isnan(number));
  }
}

TEST_CASE("softmax refuses an axis that does not exist", "[softmax][error]") {
  Tape tape;
  CHECK_THROWS_AS(softmax(tape.zeros({})), ShapeError);
  CHECK_THROWS_WITH(softmax(tape.zeros({2}), 1), Contains("softmax: axis 1"));
  CHECK_THROWS_WITH(log_softmax(tape.zeros({2}), 1), Contains("log_softmax: axis 1"));
  CHECK_THROWS_WITH(logsumexp(tape.zeros({2}), -2), Contains("logsumexp: axis -2"));
}

TEST_CASE("softmax: the tape's gradients agree with central differences", "[softmax][gradient]") {
  const auto shape = GENERATE(Shape{1, 1}, Shape{2, 3}, Shape{3, 2, 17}, Shape{0, 3}, Shape{2, 0});
  const std::vector inputs{normal<double>(Random(5), shape)};
  for (const std::ptrdiff_t axis : {0, -1}) {
    expect_gradients([axis](auto&, auto in) { return softmax(in[0], axis); }, inputs);
    expect_gradients([axis](auto&, auto in) { return log_softmax(in[0], axis); }, inputs);
    if (shape.size() > 0) expect_gradients([axis](auto&, auto in) { return logsumexp(in[0], axis); }, inputs);
  }
}

TEST_CASE("two uses of one operand both give their gradient", "[softmax][gradient]") {
  expect_gradients(
      [](auto&, auto in) {
        return std::vector{softmax(in[0]), log_softmax(in[0]), logsumexp(in[0])};
      },
      {normal<double>(Random(6), {2, 18})});
}
