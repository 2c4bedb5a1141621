#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/ops/layer_norm.hpp>
#include <unroll/ops/rows.hpp>
#include <unroll/ops/shaping.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEMPLATE_TEST_CASE("layer_norm equals its equation, row by row", "[layer_norm]", float, double) {
  for (const std::size_t width : lengths) {
    Tape<TestType> tape;
    const auto x = normal<TestType>(Random(1), {3, width}, 5, 2);
    const auto gain = normal<TestType>(Random(2), {width}), bias = normal<TestType>(Random(3), {width});
    const auto expected = [&](std::size_t i) {
      const TestType* const row = x.data() + i / width * width;
      double mean = 0, variance = 0;
      for (std::size_t k = 0; k < width; ++k) mean += static_cast<double>(row[k]) / static_cast<double>(width);
      for (std::size_t k = 0; k < width; ++k)
        variance += std::pow(static_cast<double>(row[k]) - mean, 2) / static_cast<double>(width);
      return (static_cast<double>(x[i]) - mean) / std::sqrt(variance + 1e-5) * static_cast<double>(gain[i % width])
             + static_cast<double>(bias[i % width]);
    };
    expect_values(layer_norm(tape.constant(x), gain, bias).value(), expected, 64);
  }
}

TEST_CASE("a row of equal numbers is normalized to the bias", "[layer_norm]") {
  Tape tape;
  const auto y = layer_norm(tape.constant(Tensor<>({1, 20}, 3.f)), Tensor<>({20}, 2.f), Tensor<>({20}, 7.f));
  expect_values(
      y.value(), [](std::size_t) { return 7.0; }, 0);
}

TEST_CASE("layer_norm of numbers far from 0 keeps their differences", "[layer_norm]") {
  Tape tape;
  const auto y = layer_norm(tape.constant(Tensor<>({2}, {1e4f, 1e4f + 1})), Tensor<>({2}, 1.f), Tensor<>({2}), 1e-12);
  CHECK(y.value()[0] == Approx(-1));
  CHECK(y.value()[1] == Approx(1));
}

TEST_CASE("layer_norm: the tape's gradients agree with central differences", "[layer_norm][gradient]") {
  const auto shape = GENERATE(Shape{4}, Shape{3, 2}, Shape{2, 3, 17}, Shape{0, 3}, Shape{2, 0});
  expect_gradients([](auto&, auto in) { return layer_norm(in[0], in[1], in[2], 0.01); },
                   {normal<double>(Random(1), shape), normal<double>(Random(2), {shape.back()}),
                    normal<double>(Random(3), {shape.back()})});
}

TEST_CASE("layer_norm of a part of the columns, with one vector as gain and bias", "[layer_norm][gradient]") {
  expect_gradients(
      [](auto&, auto in) {
        const auto [left, right] = split<2>(in[0]);
        return std::vector{layer_norm(left, in[1], in[1]), layer_norm(right, in[1], in[1]),
                           layer_norm(left, in[1], in[1])};
      },
      {normal<double>(Random(1), {3, 8}), normal<double>(Random(2), {4})});
}

TEST_CASE("layer_norm refuses a gain or bias of another width, and an epsilon that is not positive",
          "[layer_norm][error]") {
  Tape tape;
  const auto x = tape.zeros({2, 3});
  CHECK_THROWS_AS(layer_norm(x, Tensor<>({2}), Tensor<>({3})), ShapeError);
  CHECK_THROWS_WITH(layer_norm(x, Tensor<>({2}), Tensor<>({3})), Contains("layer_norm: gain has shape [2]"));
  CHECK_THROWS_WITH(layer_norm(x, Tensor<>({3}), Tensor<>({4})), Contains("layer_norm: bias has shape [4]"));
  CHECK_THROWS_AS(layer_norm(x, Tensor<>({3}), Tensor<>({3}), 0), ArgumentError);
  CHECK_THROWS_WITH(layer_norm(x, Tensor<>({3}), Tensor<>({3}), -1),
                    Contains("layer_norm: epsilon is -1, expected a number in [1.17"));
}

TEST_CASE("layer_norm of many picked rows is that of the rows themselves, in values and gradients", "[layer_norm]") {
  Tensor<int> tokens({4, 2});
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int>(i * i % 3);
  const auto gain = normal<double>(Random(1), {7}), bias = normal<double>(Random(2), {7});
  Tape<double> tape;
  const auto table = tape.constant(normal<double>(Random(3), {3, 7}));
  const auto picked = layer_norm(rows(table, tokens), gain, bias);
  const auto made = layer_norm(tape.constant(rows(table, tokens).value()), gain, bias);
  CHECK(numbers_of(picked) == numbers_of(made));
  expect_gradients([&](auto&, auto in) { return layer_norm(rows(in[0], tokens), in[1], in[2]); },
                   {normal<double>(Random(3), {3, 7}), gain, bias});
}

TEMPLATE_TEST_CASE("layer_norm refuses an epsilon that its scalar does not hold", "[layer_norm]", float, double) {
  Tape<TestType> tape;
  const auto x = tape.constant(Tensor<TestType>({1, 4}, TestType(3)));
  const Tensor<TestType> gain({4}, TestType(1)), bias({4});
  using Limits = std::numeric_limits<TestType>;
  for (const double epsilon : {0.0, static_cast<double>(Limits::min()) / 4, static_cast<double>(Limits::infinity()),
                               std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_AS(layer_norm(x, gain, bias, epsilon), ArgumentError);
  const auto y = layer_norm(x, gain, bias, static_cast<double>(Limits::min()));
  for (const TestType number : y.value()) CHECK(number == 0);
}

TEMPLATE_TEST_CASE("layer_norm of numbers whose squares overflow is that of the same numbers made small",
                   "[layer_norm]", float, double) {
  using Limits = std::numeric_limits<TestType>;
  const Tensor<TestType> gain({4}, {1, 2, 3, 4}), bias({4}, {0, 1, 0, 1});
  const Tensor<TestType> upstream({1, 4}, {1, -1, 2, 0.5});
  const auto normalize = [&](TestType scale, Tensor<TestType>& gradient) {
    Tape<TestType> tape;
    const auto x = tape.input(Tensor<TestType>({1, 4}, {0, scale, 2 * scale, 3 * scale}));
    const auto y = layer_norm(x, gain, bias, static_cast<double>(Limits::min()) * 1e8);
    const Tensor<TestType> values(y.value());
    tape.backward({{y, upstream}});
    gradient = Tensor<TestType>(x.gradient());
    return values;
  };
  Tensor<TestType> small_gradient, large_gradient;
  const auto small = normalize(1, small_gradient);
  for (const TestType scale : {std::sqrt(Limits::max()), std::sqrt(Limits::max()) * 1000, Limits::max() / 4}) {
    const auto large = normalize(scale, large_gradient);
    for (std::size_t i = 0; i < small.size(); ++i) {
      CHECK(large[i] == Approx(small[i]).epsilon(1e-5));
      if (scale < Limits::max() / 1000)  // the gradient of larger ones is a denormal
        CHECK(large_gradient[i] * scale == Approx(small_gradient[i]).epsilon(1e-4).margin(1e-5));
    }
  }
}

TEMPLATE_TEST_CASE("layer_norm of a row of equal numbers is the bias, whatever the number and the width",
                   "[layer_norm]", float, double) {
  const double largest = static_cast<double>(std::numeric_limits<TestType>::max());
  const FlushDenormals flush;  // as training does
  for (const double size : {0.0, 1e-30, 0.1, 1234.567, 16777215.0, 1e9 + 1, 1.7e19, 1e30, largest / 3, largest})
    for (std::size_t width = 1; width < 70; ++width) {
      CAPTURE(size, width);
      Tape<TestType> tape;
      const auto x = tape.input(Tensor<TestType>({2, width}, static_cast<TestType>(-size)));
      const auto y = layer_norm(x, Tensor<TestType>({width}, TestType(2)), Tensor<TestType>({width}, TestType(7)));
      const auto& found = y.value();
      REQUIRE(std::all_of(found.begin(), found.end(), [](TestType number) { return number == 7; }));
    }
}

TEMPLATE_TEST_CASE("layer_norm of numbers that differ in their last indices sees the differences", "[layer_norm]",
                   float, double) {
  constexpr TestType unit = std::numeric_limits<TestType>::epsilon();
  for (const TestType size : {TestType(1), TestType(1e10), TestType(1e25)}) {
    Tape<TestType> tape;
    Tensor<TestType> x({1, 4}, size);
    x[3] *= 1 + unit;
    const auto y = layer_norm(tape.constant(x), Tensor<TestType>({4}, TestType(1)), Tensor<TestType>({4}),
                              static_cast<double>(std::numeric_limits<TestType>::min()));
    for (std::size_t i = 0; i < 3; ++i) CHECK(y.value()[i] == Approx(-1 / std::sqrt(3.0)).epsilon(1e-6));
    CHECK(y.value()[3] == Approx(std::sqrt(3.0)).epsilon(1e-6));
  }
}

TEMPLATE_TEST_CASE("layer_norm of the largest numbers keeps their scale, and that of gradients", "[layer_norm]", float,
                   double) {
  constexpr TestType largest = std::numeric_limits<TestType>::max();
  const FlushDenormals flush;  // as training does: an inverse of the deviation would be one
  Tape<TestType> tape;
  const auto x = tape.input(Tensor<TestType>({1, 4}, {largest, -largest, -largest, -largest}));
  const Tensor<TestType> ones({4}, TestType(1)), upstream({1, 4}, {TestType(1e10), 0, 0, TestType(2e10)});
  const auto y = layer_norm(x, ones, Tensor<TestType>({4}));
  const double root = std::sqrt(3.0);
  expect_values(
      y.value(), [&](std::size_t i) { return i == 0 ? root : -1 / root; }, 8);
  tape.backward({{y, upstream.view()}});
  // r (δ - mean(δ) - x̂ mean(δ x̂)), with a deviation of √3/2 of the largest number
  const double level = 0.75e10, slope = (1e10 * root - 2e10 / root) / 4;
  for (std::size_t i = 0; i < 4; ++i) {
    const double normal = i == 0 ? root : -1 / root;
    const double expected = (static_cast<double>(upstream[i]) - level - normal * slope) * 2 / root;
    CHECK(static_cast<double>(x.gradient()[i]) * static_cast<double>(largest) == Approx(expected).margin(1e5));
  }
}

TEMPLATE_TEST_CASE("layer_norm of numbers whose squares vanish counts them beside an epsilon as small", "[layer_norm]",
                   float, double) {
  const double epsilon = static_cast<double>(std::numeric_limits<TestType>::min());
  const FlushDenormals flush;
  Tape<TestType> tape;
  const auto size = static_cast<TestType>(std::sqrt(epsilon) / 2);
  const auto x = tape.input(Tensor<TestType>({1, 2}, {size, -size}));
  const auto y = layer_norm(x, Tensor<TestType>({2}, TestType(1)), Tensor<TestType>({2}), epsilon);
  CHECK(y.value()[0] == Approx(1 / std::sqrt(5.0)).epsilon(1e-6));
  CHECK(y.value()[1] == Approx(-1 / std::sqrt(5.0)).epsilon(1e-6));
  tape.backward({{y, Tensor<TestType>({1, 2}, {1, -1})}});  // of x / √(x² + ε): ε (x² + ε)^(-3/2)
  CHECK(static_cast<double>(x.gradient()[0]) * std::sqrt(epsilon) == Approx(1 / std::pow(1.25, 1.5)).epsilon(1e-5));
}

TEMPLATE_TEST_CASE("layer_norm of a row far from 0 is that of the row brought there, in values, gradients and tangents",
                   "[layer_norm][gradient]", float, double, DualNumber) {
  const auto normalize = [](double offset) {
    Tensor<TestType> numbers({1, 4}, {TestType(0), TestType(1), TestType(2), TestType(5)});
    for (TestType& number : numbers) number += TestType(offset);
    if constexpr (std::is_same_v<TestType, DualNumber>)
      for (std::size_t i = 0; i < 4; ++i) numbers[i].tangent = static_cast<double>(i * i) - 2;
    Tape<TestType> tape;
    const auto x = tape.input(numbers);
    const auto y = layer_norm(x, Tensor<TestType>({4}, TestType(2)), Tensor<TestType>({4}, TestType(1)));
    std::vector<TestType> found = numbers_of(y);
    tape.backward({{y, Tensor<TestType>({1, 4}, {TestType(1), TestType(-2), TestType(0), TestType(1)})}});
    for (const TestType& slope : x.gradient()) found.push_back(slope);
    return found;
  };
  const auto near_zero = normalize(0), far = normalize(std::is_same_v<TestType, float> ? 1e6 : 1e13);
  for (std::size_t i = 0; i < far.size(); ++i) {
    const double margin = std::is_same_v<TestType, float> ? 1e-6 : 1e-14;
    CHECK(static_cast<double>(detail::value_of(far[i]))
          == Approx(static_cast<double>(detail::value_of(near_zero[i]))).margin(margin));
    if constexpr (std::is_same_v<TestType, DualNumber>)
      CHECK(far[i].tangent == Approx(near_zero[i].tangent).epsilon(1e-12).margin(1e-13));
  }
}
