#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/shaping.hpp>

using namespace unroll;
using Catch::Matchers::Contains;

TEST_CASE("a Variable names a node: its value, shape and need of a gradient", "[variable]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2, 2}, {1, 2, 3, 4})), c = tape.constant(Tensor<double>({1}, 5.0));
  const Variable<double> same = x;
  CHECK(same.shape() == Shape{2, 2});
  CHECK(same.value().data() == x.value().data());
  CHECK(x.needs_gradient());
  CHECK_FALSE(c.needs_gradient());
  CHECK(c.item() == 5);
  CHECK(static_cast<bool>(x));
  CHECK_FALSE(static_cast<bool>(Variable<double>()));
}

TEST_CASE("an operand is a Variable, a Parameter or a Tensor", "[variable]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2}, {1, 2}));
  const Parameter<double> parameter(Tensor<double>({2}, {10, 20}));
  const Tensor<double> constant({2}, {100, 200});
  CHECK(Tensor<double>((x + x).value()) == Tensor<double>({2}, {2, 4}));
  CHECK(Tensor<double>((x + parameter).value()) == Tensor<double>({2}, {11, 22}));
  CHECK(Tensor<double>((parameter + x).value()) == Tensor<double>({2}, {11, 22}));
  CHECK(Tensor<double>((x + constant).value()) == Tensor<double>({2}, {101, 202}));
}

TEST_CASE("a Variable of a tape that another has replaced is stale", "[variable][error]") {
  Variable<double> carried;
  for (int step = 0; step < 3; ++step) {
    Tape<double> tape;  // most likely in the same place each time
    const auto x = tape.constant(Tensor<double>({1}, 1.0));
    if (carried) CHECK_THROWS_AS(x + carried, TapeError);
    carried = x + x;
  }
}

TEST_CASE("a parameter is not written through a tape", "[variable][error]") {
  const Parameter<double> parameter(Tensor<double>({2}, 1.0));
  Tape<double> tape;
  CHECK_THROWS_WITH(tape.use(parameter).writable(), Contains("which a tape only reads"));
}

TEST_CASE("parts of rows are read in place, and copied when asked for as a whole", "[variable]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  const auto part = slice(x, -1, 1, 2);
  CHECK(part.value_rows().data == x.value().data() + 1);
  CHECK(part.value_rows().stride == 3);
  CHECK(Tensor<double>(part.value()) == Tensor<double>({2, 2}, {2, 3, 5, 6}));
  CHECK(part.value_rows().stride == 2);
}

TEST_CASE("misuse of a Variable is a clear error", "[tape][error]") {
  Tape<double> tape, other;
  const auto x = tape.input(Tensor<double>({2}, 1.0)), foreign = other.input(Tensor<double>({2}, 1.0));
  CHECK_THROWS_WITH(x + foreign, Contains("+: operand 1 belongs to another tape"));
  CHECK_THROWS_WITH(Variable<double>().value(), Contains("names no node"));
  CHECK_THROWS_WITH(x + Variable<double>(), Contains("names no node"));
  CHECK_THROWS_WITH(x.item(), Contains("shape [2] has 2 numbers"));
  tape.clear();
  CHECK_THROWS_WITH(x.value(), Contains("stale"));
  CHECK_THROWS_WITH(x * 2, Contains("stale"));
  CHECK_THROWS_AS(x.shape(), TapeError);
}

TEST_CASE("a second rule for a node is refused: it would have replaced the first", "[variable][error]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({1}));
  const auto y = tape.record("twice", x.shape(), {x});
  y.on_backward([] {});
  CHECK_THROWS_WITH(y.on_backward([] {}), Contains("a second rule given for 'twice'"));
}
