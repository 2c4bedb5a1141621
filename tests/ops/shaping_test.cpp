#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/shaping.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEST_CASE("reshape keeps the numbers and shares their memory", "[shaping]") {
  Tape tape;
  const auto x = tape.input(counting({2, 3}));
  const auto y = reshape(x, {3, 2});
  CHECK(y.shape() == Shape{3, 2});
  CHECK(y.value().data() == x.value().data());
  CHECK(reshape(tape.input(counting({1})), {}).shape() == Shape{});
  CHECK(reshape(tape.zeros({0, 3}), {5, 0}).shape() == Shape{5, 0});
}

TEST_CASE("reshape names both shapes and their sizes when these differ", "[shaping][error]") {
  Tape tape;
  const auto x = tape.zeros({2, 3});
  CHECK_THROWS_AS(reshape(x, {7}), ShapeError);
  CHECK_THROWS_WITH(reshape(x, {7}), Contains("reshape: [2, 3] has 6 elements, but [7] has 7"));
}

TEST_CASE("transpose exchanges any two axes", "[shaping]") {
  Tape tape;
  const Shape shape =
      GENERATE(Shape{2, 3}, Shape{1, 5}, Shape{33, 18}, Shape{2, 3, 4}, Shape{2, 3, 4, 5}, Shape{0, 3}, Shape{3, 0, 2});
  const auto x = tape.constant(counting(shape));
  for (std::size_t a = 0; a < shape.rank(); ++a)
    for (std::size_t b = 0; b < shape.rank(); ++b) {
      const auto y = transpose(x, static_cast<std::ptrdiff_t>(a), static_cast<std::ptrdiff_t>(b));
      REQUIRE(y.shape() == shape.with(a, shape[b]).with(b, shape[a]));
      for (std::size_t i = 0; i < shape.size(); ++i) {
        const std::size_t on_a = i / shape.after(a) % shape[a], on_b = i / shape.after(b) % shape[b];
        const std::size_t rest = i - on_a * shape.after(a) - on_b * shape.after(b);
        std::size_t to = on_b * y.shape().after(a) + on_a * y.shape().after(b);
        for (std::size_t c = 0; c < shape.rank(); ++c)
          if (c != a && c != b) to += rest / shape.after(c) % shape[c] * y.shape().after(c);
        if (a == b) to = i;
        REQUIRE(y.value()[to] == x.value()[i]);
      }
    }
}

TEST_CASE("transpose exchanges the last two axes unless told otherwise", "[shaping]") {
  Tape tape;
  CHECK(transpose(tape.zeros({2, 3, 4})).shape() == Shape{2, 4, 3});
  CHECK(transpose(tape.zeros({2, 3, 4}), 0, 1).shape() == Shape{3, 2, 4});
  CHECK_THROWS_WITH(transpose(tape.zeros({3})), Contains("transpose: axis -2 given, but [3] has 1 axis"));
}

TEST_CASE("slice picks elements of any axis, and shares memory on the first", "[shaping]") {
  Tape tape;
  const Shape shape{4, 3, 5};
  const auto x = tape.constant(counting(shape));
  for (std::size_t axis = 0; axis < 3; ++axis)
    for (std::size_t first = 0; first <= shape[axis]; ++first)
      for (std::size_t count = 0; first + count <= shape[axis]; ++count) {
        const auto y = slice(x, static_cast<std::ptrdiff_t>(axis) - 3, first, count);
        REQUIRE(y.shape() == shape.with(axis, count));
        const std::size_t after = shape.after(axis);
        for (std::size_t i = 0; i < y.shape().size(); ++i) {
          const std::size_t outer = i / after / count, on_axis = i / after % count, inner = i % after;
          REQUIRE(y.value()[i] == x.value()[(outer * shape[axis] + first + on_axis) * after + inner]);
        }
      }
  CHECK(slice(x, 0, 1, 2).value().data() == x.value().data() + 15);
}

TEST_CASE("slice names the axis and its extent when it does not reach", "[shaping][error]") {
  Tape tape;
  const auto x = tape.zeros({4, 3});
  CHECK_THROWS_AS(slice(x, 1, 2, 2), ShapeError);
  CHECK_THROWS_WITH(slice(x, 1, 2, 2), Contains("slice: 2 elements from 2 on asked of axis 1 of [4, 3], which has 3"));
  CHECK_THROWS_AS(slice(x, 0, 1, std::numeric_limits<std::size_t>::max()), ShapeError);
  CHECK_THROWS_AS(slice(x, 0, 5, 0), ShapeError);
  CHECK_THROWS_WITH(slice(x, 2, 0, 1), Contains("slice: axis 2"));
}

TEST_CASE("at_step is one step of a sequence, without a copy", "[shaping]") {
  Tape tape;
  const auto x = tape.constant(counting({3, 2, 2}));
  const auto y = at_step(x, 1);
  CHECK(y.shape() == Shape{2, 2});
  CHECK(y.value().data() == x.value().data() + 4);
  CHECK(at_step(tape.constant(counting({3})), 2).item() == 2);
  CHECK_THROWS_AS(at_step(x, 3), ShapeError);
  CHECK_THROWS_WITH(at_step(x, 3), Contains("at_step: step 3 asked of [T=3, 2, 2]"));
  CHECK_THROWS_AS(at_step(tape.zeros({}), 0), ShapeError);
}

TEST_CASE("split cuts the last axis into equal columns", "[shaping]") {
  Tape tape;
  const auto x = tape.constant(counting({2, 6}));
  const auto [a, b, c] = split<3>(x);
  CHECK(numbers_of(a) == std::vector<float>{0, 1, 6, 7});
  CHECK(numbers_of(b) == std::vector<float>{2, 3, 8, 9});
  CHECK(numbers_of(c) == std::vector<float>{4, 5, 10, 11});
  CHECK_THROWS_WITH(split<4>(x), Contains("split: axis 1 of [2, 6] cannot be cut into 4 equal parts"));
  CHECK_THROWS_AS(split<2>(tape.zeros({})), ShapeError);
}

TEST_CASE("split cuts any axis into equal parts, or parts of given sizes", "[shaping]") {
  Tape tape;
  const auto x = tape.constant(counting({4, 3}));
  const auto halves = split(x, 0, 2);
  REQUIRE(halves.size() == 2);
  CHECK(numbers_of(halves[1]) == std::vector<float>{6, 7, 8, 9, 10, 11});
  const auto parts = split(x, 1, {1, 0, 2});
  REQUIRE(parts.size() == 3);
  CHECK(numbers_of(parts[0]) == std::vector<float>{0, 3, 6, 9});
  CHECK(parts[1].shape() == Shape{4, 0});
  CHECK(numbers_of(parts[2]) == std::vector<float>{1, 2, 4, 5, 7, 8, 10, 11});
  CHECK_THROWS_WITH(split(x, 0, 0), Contains("into 0 equal parts"));
  CHECK_THROWS_WITH(split(x, 0, {1, 2}), Contains("split: sizes [1, 2] add up to 3, but axis 0 of [4, 3] has 4"));
}

TEST_CASE("reverse turns one axis around", "[shaping]") {
  Tape tape;
  const auto x = tape.constant(counting({2, 3}));
  CHECK(numbers_of(reverse(x, 0)) == std::vector<float>{3, 4, 5, 0, 1, 2});
  CHECK(numbers_of(reverse(x, -1)) == std::vector<float>{2, 1, 0, 5, 4, 3});
  CHECK(numbers_of(reverse(reverse(x, 1), 1)) == numbers_of(x));
  CHECK(reverse(tape.zeros({0, 2}), 0).shape() == Shape{0, 2});
  CHECK_THROWS_WITH(reverse(x, 2), Contains("reverse: axis 2"));
}

TEST_CASE("broadcast repeats axes of extent 1, and axes that are missing in front", "[shaping]") {
  Tape tape;
  CHECK(numbers_of(broadcast(tape.constant(counting({3})), {2, 3})) == std::vector<float>{0, 1, 2, 0, 1, 2});
  CHECK(numbers_of(broadcast(tape.constant(counting({2, 1})), {2, 3})) == std::vector<float>{0, 0, 0, 1, 1, 1});
  CHECK(numbers_of(broadcast(tape.constant(counting({2, 1, 2})), {2, 2, 2}))
        == std::vector<float>{0, 1, 0, 1, 2, 3, 2, 3});
  CHECK(numbers_of(broadcast(tape.constant(Tensor<>({}, 7.f)), {2, 2})) == std::vector<float>{7, 7, 7, 7});
  CHECK(numbers_of(broadcast(tape.constant(Tensor<>({}, 7.f)), {})) == std::vector<float>{7});
  CHECK(broadcast(tape.zeros({1, 3}), {0, 3}).shape() == Shape{0, 3});
}

TEST_CASE("broadcast names both shapes when one does not fill the other", "[shaping][error]") {
  Tape tape;
  CHECK_THROWS_AS(broadcast(tape.zeros({2}), {2, 3}), ShapeError);
  CHECK_THROWS_WITH(broadcast(tape.zeros({2}), {2, 3}), Contains("broadcast: [2] does not fill [2, 3]"));
  CHECK_THROWS_AS(broadcast(tape.zeros({1, 3}), {3}), ShapeError);
}

TEST_CASE("shaping: the tape's gradients agree with central differences", "[shaping][gradient]") {
  const auto inputs = [](const Shape& shape) { return std::vector{normal<double>(Random(1), shape)}; };
  expect_gradients([](auto&, auto in) { return reshape(in[0], {6, 2}); }, inputs({3, 4}));
  expect_gradients([](auto&, auto in) { return reshape(in[0], {1}); }, inputs({}));
  expect_gradients([](auto&, auto in) { return transpose(in[0]); }, inputs({3, 4}));
  expect_gradients([](auto&, auto in) { return transpose(in[0], 0, 2); }, inputs({2, 3, 4}));
  expect_gradients([](auto&, auto in) { return transpose(in[0], 0, 1); }, inputs({2, 3, 4}));
  expect_gradients([](auto&, auto in) { return transpose(in[0]) + transpose(in[0]); }, inputs({20, 17}));
  for (const std::ptrdiff_t axis : {0, 1, 2}) {
    expect_gradients([axis](auto&, auto in) { return slice(in[0], axis, 1, 2); }, inputs({3, 4, 5}));
    expect_gradients([axis](auto&, auto in) { return split(in[0], axis, {1, 2}); }, inputs({3, 3, 3}));
    expect_gradients([axis](auto&, auto in) { return reverse(in[0], axis); }, inputs({2, 3, 4}));
  }
  expect_gradients([](auto&, auto in) { return at_step(in[0], 1); }, inputs({3, 2, 2}));
  expect_gradients([](auto&, auto in) { return split<3>(in[0]); }, inputs({2, 6}));
  expect_gradients([](auto&, auto in) { return broadcast(in[0], {4, 2, 3}); }, inputs({2, 3}));
  expect_gradients([](auto&, auto in) { return broadcast(in[0], {4, 2, 3}); }, inputs({2, 1}));
  expect_gradients([](auto&, auto in) { return broadcast(in[0], {4, 2, 3}); }, inputs({4, 1, 3}));
  expect_gradients([](auto&, auto in) { return broadcast(in[0], {3}); }, inputs({}));
  expect_gradients([](auto&, auto in) { return broadcast(in[0], {0, 3}); }, inputs({3}));
}

TEST_CASE("cuts of cuts of cuts lead the gradient back to where it belongs", "[shaping][gradient]") {
  expect_gradients(
      [](auto&, auto in) {
        const auto [left, right] = split<2>(in[0]);
        const auto [first, second] = split<2>(left);
        const auto rows = slice(right, 0, 1, 2);
        const auto corner = slice(reshape(rows, {2, 2, 2}), 1, 0, 1);
        return std::vector{first * second, reshape(corner, {4}), transpose(second), at_step(rows, 0)};
      },
      {normal<double>(Random(2), {3, 8})});
}
