#include "support/catch.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops.hpp>

#include <vector>

using namespace unroll;

namespace {

Variable<double> softsign(Variable<double> x) {
  return map_with_slope(
      "softsign", [](auto a) { return a / (1 + abs(a)); }, [](auto y) { return square(1 - abs(y)); }, x);
}
/// The oracle: the slope comes from the function itself.
Variable<double> plain_softsign(Variable<double> x) {
  return map(
      "softsign", [](auto a) { return a / (1 + abs(a)); }, x);
}

/// What `op` makes of `x_of(tape)`, and the gradient of the input.
struct Seen {
  Tensor<double> values, gradient;
};
Seen see(const Tensor<double>& numbers, auto&& part_of, auto&& op) {
  Tape<double> tape;
  const auto x = tape.input(numbers);
  const auto y = op(part_of(x));
  Seen seen{Tensor<double>(y.value()), {}};
  tape.backward(sum(y * tape.constant(normal<double>(Random(9), y.shape()))) + sum(square(x)));
  seen.gradient = Tensor<double>(x.gradient());
  return seen;
}

void expect_as_map(const Tensor<double>& numbers, auto&& part_of) {
  const Seen found = see(numbers, part_of, softsign), expected = see(numbers, part_of, plain_softsign);
  CHECK(found.values == expected.values);
  REQUIRE(found.gradient.shape() == expected.gradient.shape());
  for (std::size_t i = 0; i < found.gradient.size(); ++i)
    CHECK(found.gradient[i] == Approx(expected.gradient[i]).epsilon(1e-14));
}

}  // namespace

TEST_CASE("map_with_slope gives what map gives: of whole tensors, rows and columns of any width", "[map]") {
  for (const std::size_t width : {1u, 2u, 7u, 8u, 19u}) {
    CAPTURE(width);
    const auto numbers = normal<double>(Random(width), {3, 2 * width});
    expect_as_map(numbers, [](auto x) { return x; });
    expect_as_map(numbers, [](auto x) { return slice(x, 0, 1, 2); });
    expect_as_map(numbers, [=](auto x) { return slice(x, -1, 1, width); });
  }
  expect_as_map(Tensor<double>({0, 3}), [](auto x) { return x; });
}

TEST_CASE("map_with_slope reads rows of a table where they are, and adds their gradient there", "[map]") {
  const std::vector<int> tokens{2, 0, 2, 1, 2};
  expect_as_map(normal<double>(Random(1), {3, 4}),
                [&](auto table) { return rows(table, TensorView<const int>(tokens.data(), {5})); });
}

TEST_CASE("the lambdas of map_with_slope may capture numbers", "[map]") {
  const double steepness = 3;
  const auto report = check_gradients(
      [&](auto&, auto in) {
        return map_with_slope(
            "steep tanh", [steepness](auto a) { return tanh(a * steepness); },
            [steepness](auto y) { return (1 - y * y) * steepness; }, in[0]);
      },
      {normal<double>(Random(1), {2, 5})});
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("a slope that is not the function's is found by the gradient check", "[map]") {
  const auto report = check_gradients(
      [](auto&, auto in) {
        return map_with_slope(
            "wrong", [](auto a) { return tanh(a); }, [](auto y) { return 1 - y; }, in[0]);
      },
      {normal<double>(Random(1), {2, 5})});
  CHECK_FALSE(report.passed());
}

TEST_CASE("map_with_slope of no Variable throws", "[map][error]") {
  CHECK_THROWS_AS(softsign(Variable<double>()), TapeError);
}
