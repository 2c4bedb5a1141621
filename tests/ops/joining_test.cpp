#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/joining.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEST_CASE("concat puts parts one after another along any axis", "[joining]") {
  Tape tape;
  const auto a = tape.constant(Tensor<>({2, 2}, {1, 2, 3, 4})), b = tape.constant(Tensor<>({2, 1}, {5, 6}));
  CHECK(concat({a, b}, 1).shape() == Shape{2, 3});
  CHECK(numbers_of(concat({a, b}, -1)) == std::vector<float>{1, 2, 5, 3, 4, 6});
  CHECK(numbers_of(concat({a, a}, 0)) == std::vector<float>{1, 2, 3, 4, 1, 2, 3, 4});
  CHECK(numbers_of(concat({a, tape.zeros({2, 0}), b}, 1)) == std::vector<float>{1, 2, 5, 3, 4, 6});
  CHECK(concat({tape.zeros({0, 2}), tape.zeros({0, 3})}, 1).shape() == Shape{0, 5});
  CHECK(numbers_of(concat({a}, 0)) == numbers_of(a));
}

TEST_CASE("concat joins the middle axis row by row", "[joining]") {
  Tape tape;
  const auto x = tape.constant(counting({2, 2, 2})), y = tape.constant(Tensor<>({2, 1, 2}, {10, 11, 12, 13}));
  CHECK(numbers_of(concat({x, y}, 1)) == std::vector<float>{0, 1, 2, 3, 10, 11, 4, 5, 6, 7, 12, 13});
}

TEST_CASE("stack puts parts side by side along a new axis, anywhere", "[joining]") {
  Tape tape;
  const std::vector parts{tape.constant(Tensor<>({2}, {1, 2})), tape.constant(Tensor<>({2}, {3, 4})),
                          tape.constant(Tensor<>({2}, {5, 6}))};
  CHECK(stack(parts).shape() == Shape{3, 2});
  CHECK(numbers_of(stack(parts)) == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(stack(parts, 1).shape() == Shape{2, 3});
  CHECK(numbers_of(stack(parts, -1)) == std::vector<float>{1, 3, 5, 2, 4, 6});
  CHECK(stack({tape.zeros({}), tape.zeros({})}).shape() == Shape{2});
}

TEST_CASE("vectors, arrays, spans and lists of Variables can be joined", "[joining]") {
  Tape<double> tape;
  const auto x = tape.constant(counting<double>({2}));
  const std::array array{x, x};
  const std::span<const Variable<double>> span(array);
  CHECK(numbers_of(concat(array, 0)) == numbers_of(concat({x, x}, 0)));
  CHECK(numbers_of(concat(span, 0)) == numbers_of(concat({x, x}, 0)));
  CHECK(numbers_of(stack(array)) == numbers_of(stack(span)));
}

TEST_CASE("joining refuses an empty list, and parts that do not fit", "[joining][error]") {
  Tape tape;
  const std::vector<Variable<float>> none;
  CHECK_THROWS_AS(concat(none, 0), ArgumentError);
  CHECK_THROWS_WITH(stack(none), Contains("stack: no parts given"));
  const auto a = tape.zeros({2, 3});
  CHECK_THROWS_AS(concat({a, tape.zeros({2, 2})}, 0), ShapeError);
  CHECK_THROWS_WITH(concat({a, a, tape.zeros({2, 2})}, 0),
                    Contains("concat: part 2 has shape [2, 2], but part 0 has [2, 3] (only axis 0 may differ)"));
  CHECK_THROWS_AS(concat({a, tape.zeros({3})}, 0), ShapeError);
  CHECK_THROWS_WITH(concat({a, a}, 2), Contains("concat: axis 2"));
  CHECK_THROWS_WITH(stack({a, tape.zeros({3, 2})}), Contains("stack: shapes differ"));
  CHECK_THROWS_WITH(stack({a, a}, 3), Contains("stack: axis 3"));
  Tape other;
  CHECK_THROWS_AS(stack({a, other.zeros({2, 3})}), TapeError);
}

TEST_CASE("joining: the tape's gradients agree with central differences", "[joining][gradient]") {
  const auto inputs = [](const Shape& a, const Shape& b) {
    return std::vector{normal<double>(Random(1), a), normal<double>(Random(2), b)};
  };
  expect_gradients([](auto&, auto in) { return concat({in[0], in[1]}, 0); }, inputs({2, 3}, {1, 3}));
  expect_gradients([](auto&, auto in) { return concat({in[0], in[1], in[0]}, 1); }, inputs({2, 3, 2}, {2, 1, 2}));
  expect_gradients(
      [](auto& tape, auto in) {
        return concat({in[0], tape.zeros({2, 2}), in[1]}, -1);
      },
      inputs({2, 3}, {2, 1}));
  expect_gradients([](auto&, auto in) { return concat({in[0], in[1]}, 0); }, inputs({0}, {2}));
  for (const std::ptrdiff_t axis : {0, 1, 2})
    expect_gradients([axis](auto&, auto in) { return stack({in[0], in[1], in[0]}, axis); }, inputs({2, 3}, {2, 3}));
  expect_gradients([](auto&, auto in) { return stack({in[0], in[1]}); }, inputs({}, {}));
}
