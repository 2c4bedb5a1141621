#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/rows.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEST_CASE("rows picks a row of the table for each token", "[rows]") {
  Tape tape;
  const Parameter<> table(Tensor<>({3, 2}, {0, 1, 10, 11, 20, 21}));
  const auto y = rows(tape, table, Tensor<int>({2, 2}, {2, 0, 1, 2}));
  CHECK(y.shape() == Shape{2, 2, 2});
  CHECK(numbers_of(y) == std::vector<float>{20, 21, 0, 1, 10, 11, 20, 21});
  CHECK(rows(tape, table, Tensor<int>({}, 1)).shape() == Shape{2});
  CHECK(rows(tape, table, Tensor<int>({0, 4})).shape() == Shape{0, 4, 2});
  CHECK(numbers_of(rows(tape.constant(table.value()), Tensor<int>({1}, 1))) == std::vector<float>{10, 11});
}

TEST_CASE("the gradient of a row is the sum over its tokens, and 0 for one never picked", "[rows][gradient]") {
  Tape tape;
  const Parameter<> table(Tensor<>({3, 2}));
  Tensor<int> tokens({3}, {2, 0, 2});
  const auto y = rows(tape, table, tokens);
  tokens[0] = 1;  // the tape keeps its own copy
  const Tensor<> cotangent({3, 2}, {1, 2, 3, 4, 5, 6});
  tape.backward({{y, cotangent}});
  const float* const gradient = tape.gradient_of(table);
  CHECK(std::vector<float>(gradient, gradient + 6) == std::vector<float>{3, 4, 0, 0, 6, 8});
}

TEST_CASE("rows: the tape's gradients agree with central differences", "[rows][gradient]") {
  const Tensor<int> tokens({3, 2}, {4, 0, 1, 4, 4, 2});
  const auto width = GENERATE(1u, 3u, 17u);
  expect_gradients([&](auto&, auto in) { return rows(in[0], tokens); }, {normal<double>(Random(1), {5, width})});
}

TEST_CASE("rows names a token that the table does not have, and where it stands", "[rows][error]") {
  Tape tape;
  const Parameter<> table(Tensor<>({65, 2}));
  CHECK_THROWS_AS(rows(tape, table, Tensor<int>({1}, 65)), ArgumentError);
  CHECK_THROWS_WITH(rows(tape, table, Tensor<int>({2, 2}, {0, 64, 1, 70})),
                    Contains("rows: token 70 at position [1, 1] of [2, 2] is outside [0, V=65)"));
  CHECK_THROWS_WITH(rows(tape, table, Tensor<int>({1}, -1)), Contains("token -1"));
  CHECK_THROWS_WITH(rows(tape.zeros({3}), Tensor<int>({1})),
                    Contains("rows: table of shape [3] given, expected 2 axes: [V, D]"));
}

TEST_CASE("repeated_row gives one row of a table as often as asked, and sums its gradient", "[rows]") {
  Tape<double> tape;
  const auto table = tape.constant(counting<double>({3, 2}));
  CHECK(numbers_of(repeated_row(table, 1, 3)) == std::vector<double>{2, 3, 2, 3, 2, 3});
  CHECK(repeated_row(table, 0, 0).shape() == Shape{0, 2});
  CHECK_THROWS_WITH(repeated_row(table, 3, 1), Contains("repeated_row: row 3 asked of the table [V=3, D=2]"));
  expect_gradients(  // read in place by map, from the same table twice, and as numbers
      [](auto&, auto in) {
        const auto a = repeated_row(in[0], 0, 4), b = repeated_row(in[0], 1, 4);
        return std::vector{unroll::map([](auto x, auto p, auto q) { return tanh(x * p) * q; }, in[1], a, b), square(a)};
      },
      {normal<double>(Random(1), {2, 19}), normal<double>(Random(2), {4, 19})});
}
