#include "support/messages.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEST_CASE("rows are taken from their indices in any order and shape, and zeros where there is none", "[take_rows]") {
  Tape tape;
  const auto x = tape.constant(counting({4, 2, 2}));
  const auto y = take_rows(x, Tensor<int>({2, 3}, {3, -1, 0, 0, 1, -1}));
  CHECK(y.shape() == Shape{2, 3, 2, 2});
  const std::vector<int> rows{3, -1, 0, 0, 1, -1};
  expect_values(y.value(), [&](std::size_t i) {
    return rows[i / 4] < 0 ? 0 : static_cast<double>(rows[i / 4]) * 4 + static_cast<double>(i % 4);
  });
  CHECK(take_rows(x, Tensor<int>({0})).shape() == Shape{0, 2, 2});
  CHECK(numbers_of(take_rows(tape.constant(counting({4})), Tensor<int>({2}, {2, 1}))) == std::vector<float>{2, 1});
}

TEST_CASE("neighbors in order are no copy", "[take_rows]") {
  Tape tape;
  const auto x = tape.constant(counting({4, 3}));
  const auto y = take_rows(x, Tensor<int>({1, 2}, {1, 2}));
  CHECK(y.shape() == Shape{1, 2, 3});
  CHECK(y.value().data() == x.value().data() + 3);
  CHECK(take_rows(x, Tensor<int>({2}, {2, 1})).value().data() != x.value().data() + 3);
}

TEST_CASE("the gradient of a row is the sum over the indices where it went", "[take_rows][gradient]") {
  const auto indices =
      GENERATE(Tensor<int>({6}, {3, -1, 0, 0, 1, -1}), Tensor<int>({2, 2}, {3, 1, 0, 2}), Tensor<int>({2}, {1, 2}),
               Tensor<int>({2}, {-1, 3}), Tensor<int>({6}, {0, 1, 2, -1, -1, 3}));
  const auto x = normal<double>(Random(1), {4, 3});
  expect_gradients([&](auto&, auto in) { return take_rows(in[0], indices); }, {x});
  expect_gradients([&](auto&, auto in) { return take_rows(in[0] * in[0], indices) * take_rows(in[0] * 2.0, indices); },
                   {x});
  expect_gradients(
      [&](auto&, auto in) {
        const auto y = in[0] * in[0];
        return std::vector<Variable<double>>{take_rows(y, indices), y * y};
      },
      {x});
}

TEST_CASE("rows of rows picked from a table are picked from the table, and the product with them is one with it",
          "[take_rows]") {
  const auto table = normal<double>(Random(1), {3, 4}), weight = normal<double>(Random(2), {5, 4});
  const Tensor<int> tokens({2, 4}, {0, 2, 1, 1, 2, 2, 0, 1}), indices({7}, {7, 0, 3, 1, 6, 5, 2});
  Tape<double> tape;
  const auto picked = reshape(rows(tape.input(table), tokens), {8, 4});
  const auto taken = take_rows(picked, indices);
  const auto product = linear(taken, tape.input(weight));
  for (std::size_t i = 0; i < 7; ++i)
    for (std::size_t j = 0; j < 5; ++j) {
      double expected = 0;
      for (std::size_t k = 0; k < 4; ++k)
        expected +=
            table.at({static_cast<std::size_t>(tokens[static_cast<std::size_t>(indices[i])]), k}) * weight.at({j, k});
      CHECK(product.value()[i * 5 + j] == Approx(expected).epsilon(1e-13));
    }
  const std::size_t before = tape.bytes();
  static_cast<void>(taken.value());  // only now
  CHECK(tape.bytes() >= before + 7 * 4 * sizeof(double));
  expect_gradients(
      [&](auto&, auto in) {
        return linear(take_rows(reshape(rows(in[0], tokens), {8, 4}), indices), in[1]);
      },
      {table, weight});
  expect_gradients(
      [&](auto&, auto in) {
        return take_rows(reshape(rows(in[0], tokens), {8, 4}), Tensor<int>({3}, {7, -1, 2}));
      },
      {table});
}

TEST_CASE("a index that is not there, and a tensor without rows, are named", "[take_rows][error]") {
  Tape tape;
  const auto x = tape.zeros({4, 3});
  for (const int index : {4, -2})
    CHECK_THAT(message_of<ArgumentError>([&] {
                 take_rows(x, Tensor<int>({2}, {1, index}));
               }),
               Contains("take_rows: index " + std::to_string(index) + " at position [1] of [2] is outside [0, R=4)")
                   && Contains("-1 stands for zeros"));
  CHECK_THAT(message_of<ShapeError>([&] { take_rows(tape.zeros({}), Tensor<int>({1}, {0})); }),
             Contains("take_rows: [] has no axis, expected [R, ...]"));
}
