#include "support/op_sizes.hpp"

#include <array>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// Of an operand [n, 0], the same shape again.
SizeUse keeping(std::string name, std::function<Variable<>(Variable<>)> of) {
  return op(std::move(name), "......", beside_0, [=](auto& tape, Size n) { return of(make(tape, n, 0)); });
}

std::vector<SizeUse> elementwise() {
  return {
      keeping("exp", [](auto x) { return exp(x); }),
      keeping("log", [](auto x) { return log(x); }),
      keeping("sqrt", [](auto x) { return sqrt(x); }),
      keeping("square", [](auto x) { return square(x); }),
      keeping("abs", [](auto x) { return abs(x); }),
      keeping("pow", [](auto x) { return pow(x, 3) + pow(x, x); }),
      keeping("tanh", [](auto x) { return tanh(x); }),
      keeping("sigmoid", [](auto x) { return sigmoid(x); }),
      keeping("relu", [](auto x) { return relu(x); }),
      keeping("leaky_relu", [](auto x) { return leaky_relu(x, 0.1f); }),
      keeping("elu", [](auto x) { return elu(x, 0.1f); }),
      keeping("softplus", [](auto x) { return softplus(x); }),
      keeping("gelu", [](auto x) { return gelu(x); }),
      keeping("clamp", [](auto x) { return clamp(x, 0, 1); }),
      keeping("maximum", [](auto x) { return maximum(x, x); }),
      keeping("minimum", [](auto x) { return minimum(x, x); }),
      keeping("where", [](auto x) { return where(Tensor<>(x.shape()), x, x); }),
      keeping("map", [](auto x) { return map([](auto a, auto b) { return a * b; }, x, x); }),
      keeping("operators", [](auto x) { return (x + x) * (x - 1) / (2 * x); }),
      keeping("zoneout", [](auto x) { return zoneout(x, x, 0.5, Random(1)); }),
      keeping("zoneout_mean", [](auto x) { return zoneout_mean(x, x, 0.5); }),
      keeping("dropout", [](auto x) { return dropout(x, 0.5, Random(1)); }),
      keeping("sequence_dropout", [](auto x) { return sequence_dropout(x, 0.5, Random(1)); }),
      op("sequence_dropout, features", "..mmxx", before_0,
         [](auto& tape, Size n) { return sequence_dropout(make(tape, 0, n), 0.5, Random(1)); }),
  };
}

bool drops_by(const Variable<>& dropped, Size first) {
  for (Size i = 0; i < dropped.shape().size(); ++i)
    if ((dropped.value()[i] == 0) != (Random(1).bits(first + i) < 1u << 31)) return false;
  return true;
}

std::vector<SizeUse> positions_of_noise() {
  static const Tensor<> ones({3, 2}, 1);
  return {
      {"dropout, first", "......",
       [](Size n) {
         Tape<> tape;
         return drops_by(dropout(tape.input(ones), 0.5, Random(1), n), n);
       }},
      {"dropout_rows, first", "......",
       [](Size n) {
         Tape<> tape;
         return drops_by(dropout_rows(tape.input(ones), 0.5, Random(1), n, std::array{0, 1, 2}), n);
       }},
  };
}

}  // namespace

TEST_CASE("ops of numbers by themselves take any extent beside 0", "[sizes][error]") {
  expect_outcomes(elementwise());
  expect_outcomes(positions_of_noise());
}
