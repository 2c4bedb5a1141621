#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/over_time.hpp>
#include <unroll/ops/reduction.hpp>
#include <unroll/ops/shaping.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEMPLATE_TEST_CASE("sum, mean and max of everything equal plain loops", "[reduction]", float, double) {
  for (const std::size_t n : lengths) {
    if (n == 0) continue;
    Tape<TestType> tape;
    const auto x = normal<TestType>(Random(n), {n});
    double sum_expected = 0, largest = -1e9;
    for (const auto number : x) {
      sum_expected += static_cast<double>(number);
      largest = std::max(largest, static_cast<double>(number));
    }
    const auto v = tape.constant(x);
    CHECK(near(sum(v).item(), sum_expected));
    CHECK(near(mean(v).item(), sum_expected / static_cast<double>(n)));
    CHECK(static_cast<double>(max(v).item()) == largest);
    CHECK(sum(v).shape() == Shape{});
  }
}

TEST_CASE("reductions over axes equal plain loops", "[reduction]") {
  Tape<double> tape;
  const Shape shape{2, 3, 4};
  const auto x = normal<double>(Random(1), shape);
  const auto v = tape.constant(x);
  const std::vector<std::vector<std::ptrdiff_t>> choices{{0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}, {2, 0}, {0, 1, 2}, {}};
  for (const auto& axes : choices) {
    std::array<bool, 3> reduced{};
    for (const auto axis : axes) reduced[static_cast<std::size_t>(axis)] = true;
    Shape kept = shape;
    for (std::size_t axis = 0; axis < 3; ++axis)
      if (reduced[axis]) kept = kept.with(axis, 1);
    std::vector<double> sums(kept.size(), 0), largest(kept.size(), -1e9);
    for (std::size_t i = 0; i < shape.size(); ++i) {
      std::size_t to = 0;
      for (std::size_t axis = 0; axis < 3; ++axis)
        if (!reduced[axis]) to += i / shape.after(axis) % shape[axis] * kept.after(axis);
      sums[to] += x[i];
      largest[to] = std::max(largest[to], x[i]);
    }
    const Axes chosen{std::span<const std::ptrdiff_t>(axes)};
    const double count = static_cast<double>(shape.size() / kept.size());
    CHECK(sum(v, chosen, {.keep_axes = true}).shape() == kept);
    expect_values(sum(v, chosen).value(), [&](std::size_t i) { return sums[i]; });
    expect_values(mean(v, chosen).value(), [&](std::size_t i) { return sums[i] / count; });
    expect_values(
        max(v, chosen).value(), [&](std::size_t i) { return largest[i]; }, 0);
  }
}

TEST_CASE("a reduced axis is taken out unless it is kept", "[reduction]") {
  Tape tape;
  const auto x = tape.zeros({2, 3, 4});
  CHECK(sum(x, 1).shape() == Shape{2, 4});
  CHECK(mean(x, -1).shape() == Shape{2, 3});
  CHECK(max(x, {0, -1}).shape() == Shape{3});
  CHECK(max(x, {0, -1}, {.keep_axes = true}).shape() == Shape{1, 3, 1});
}

TEST_CASE("the float sum of ten million numbers is as good as that of ten", "[reduction]") {
  const std::size_t n = 10'000'000;
  Tape tape;
  const auto x = tape.constant(Tensor<>({n, 1}, 0.1f));
  const double exact = static_cast<double>(0.1f) * static_cast<double>(n);
  CHECK(sum(x).item() == Approx(exact).epsilon(1e-6));
  CHECK(mean(x).item() == Approx(0.1f).epsilon(1e-6));
  const auto columns = sum(tape.constant(Tensor<>({n / 2, 2}, 0.1f)), 0);
  CHECK(columns.value()[1] == Approx(exact / 2).epsilon(1e-6));
}

TEST_CASE("the gradient of max goes to the first of the largest", "[reduction]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({2, 3}, {1, 5, 5, 2, 2, 2}));
  tape.backward(sum(max(x, 1)));
  CHECK(gradient_numbers_of(x) == std::vector<float>{0, 1, 0, 1, 0, 0});
}

TEST_CASE("max over axes apart gives its gradient to the first in memory", "[reduction]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({2, 1, 3}, {4, 9, 9, 9, 9, 0}));
  tape.backward(sum(max(x, {0, 2})));
  CHECK(gradient_numbers_of(x) == std::vector<float>{0, 1, 0, 0, 0, 0});
}

TEST_CASE("reductions pass NaN and infinity on", "[reduction]") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  Tape tape;
  CHECK(std::isnan(max(tape.constant(Tensor<>({3}, {1, nan, 2}))).item()));
  CHECK(std::isnan(max(tape.constant(Tensor<>({3}, {nan, 1, 2}))).item()));
  CHECK(max(tape.constant(Tensor<>({3}, {-infinity, -infinity, -infinity}))).item() == -infinity);
  CHECK(sum(tape.constant(Tensor<>({2}, {infinity, 1}))).item() == infinity);
  CHECK(std::isnan(sum(tape.constant(Tensor<>({17}, nan))).item()));
}

TEMPLATE_TEST_CASE("sums and means are right where a part of the sum is beyond the largest number", "[reduction]",
                   float, double) {
  const TestType large = std::numeric_limits<TestType>::max() / 8 * 7;
  for (const std::size_t n : {2, 16, 34, 1000, 5000}) {
    CAPTURE(n);
    Tensor<TestType> equal({n}, large), opposite({n}, large), columns({n, 2}, large);
    for (std::size_t i = n / 2; i < n; ++i) opposite[i] = columns[2 * i + 1] = -large;
    opposite[0] = large / 2;
    Tape<TestType> tape;
    const auto all = tape.constant(equal), balanced = tape.constant(opposite), both = tape.constant(columns);
    CHECK(mean(all).item() == Approx(large));
    CHECK(sum(all).item() == std::numeric_limits<TestType>::infinity());
    CHECK(sum(balanced).item() == Approx(-large / 2));
    CHECK(mean(balanced).item() == Approx(-large / 2 / static_cast<TestType>(n)));
    for (const auto& means : {mean(both, 0), reshape(mean_over_time(reshape(both, {n, 1, 2})), {2})}) {
      CHECK(means.value()[0] == Approx(large));
      CHECK(std::abs(means.value()[1]) < large * std::numeric_limits<TestType>::epsilon());
    }
    CHECK(std::abs(sum(both, 0).value()[1] / static_cast<TestType>(n))
          < large * std::numeric_limits<TestType>::epsilon());
    CHECK(mean(both).item() == Approx(large / 2));
  }
}

TEST_CASE("a sum of nothing is 0, a mean or a largest of nothing is refused", "[reduction][error]") {
  Tape tape;
  const auto x = tape.zeros({0, 3});
  CHECK(sum(x).item() == 0);
  CHECK(numbers_of(sum(x, 0)) == std::vector<float>{0, 0, 0});
  CHECK(mean(x, 1).shape() == Shape{0});  // no means are asked for
  CHECK_THROWS_AS(mean(x), ArgumentError);
  CHECK_THROWS_WITH(mean(x, 0), Contains("mean: of no numbers: the reduced axes of [0, 3] are empty"));
  CHECK_THROWS_WITH(max(x), Contains("max: of no numbers"));
  CHECK_THROWS_AS(max(x, 0), ArgumentError);
}

TEST_CASE("reductions refuse axes that do not exist, or twice the same", "[reduction][error]") {
  Tape tape;
  const auto x = tape.zeros({2, 3});
  CHECK_THROWS_WITH(sum(x, 2), Contains("sum: axis 2 given, but [2, 3] has 2 axes"));
  CHECK_THROWS_WITH(mean(x, {1, -1}), Contains("mean: axis -1 of [2, 3] is named twice"));
  CHECK_THROWS_WITH(Axes({0, 1, 2, 3, 4, 5, 6}), Contains("axes: 7 given"));
}

TEST_CASE("reductions: the tape's gradients agree with central differences", "[reduction][gradient]") {
  const auto shape = GENERATE(Shape{2, 3, 4}, Shape{1, 1, 1}, Shape{17, 2, 1}, Shape{3, 1, 19});
  const std::vector inputs{normal<double>(Random(3), shape)};
  expect_gradients([](auto&, auto in) { return std::vector{sum(in[0]), mean(in[0]), max(in[0])}; }, inputs);
  for (const std::ptrdiff_t axis : {0, 1, 2})
    expect_gradients(
        [axis](auto&, auto in) {
          return std::vector{sum(in[0], axis), mean(in[0], axis), max(in[0], axis)};
        },
        inputs);
  expect_gradients(
      [](auto&, auto in) {
        return std::vector{sum(in[0], {0, 2}), mean(in[0], {0, 1}, {.keep_axes = true}), max(in[0], {1, 2})};
      },
      inputs);
}

TEST_CASE("the gradient of a sum of nothing is nothing", "[reduction][gradient]") {
  expect_gradients([](auto&, auto in) { return std::vector{sum(in[0]), sum(in[0], 0)}; }, {Tensor<double>({0, 3})});
}

TEST_CASE("the sum of a number is the number", "[reduction][gradient]") {
  expect_gradients(
      [](auto&, auto in) {
        return std::vector{sum(in[0]), mean(in[0]), max(in[0])};
      },
      {Tensor<double>({}, 3.0)});
}

TEST_CASE("a sum per step is the sum over the number of rows", "[reduction]") {
  Tape<double> tape;
  const auto x = tape.constant(Tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  CHECK(reduce("mine", x, Reduction::sum_per_step).item() == 10.5);
  CHECK(reduce("mine", tape.zeros({2, 0}), Reduction::sum_per_step).item() == 0);
  CHECK_THROWS_WITH(reduce("mine", tape.zeros({0, 3}), Reduction::sum_per_step),
                    Contains("mine: a mean over no steps: no sequence has any"));
  CHECK_THROWS_WITH(reduce("mine", tape.zeros({}), Reduction::sum_per_step),
                    Contains("mine: a sum per step of [], expected [P, ...], a row for each step"));
  CHECK_THROWS_AS(reduce("mine", tape.zeros({}), Reduction::sum_per_step), ShapeError);
}
