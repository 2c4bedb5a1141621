#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/shaping.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

/// The gate block of an LSTM: five inputs, two outputs.
constexpr auto gate_block = [](auto i, auto f, auto g, auto o, auto c) {
  const auto next = sigmoid(f) * c + sigmoid(i) * tanh(g);
  return std::tuple{sigmoid(o) * tanh(next), next};
};

}  // namespace

TEMPLATE_TEST_CASE("map applies a lambda to every element, whatever the length", "[map]", float, double) {
  for (const std::size_t n : lengths) {
    Tape<TestType> tape;
    const auto a = normal<TestType>(Random(1), {n}), b = normal<TestType>(Random(2), {n});
    const auto y = map([](auto p, auto q) { return p * q + 2 * p - 1; }, tape.constant(a), tape.constant(b));
    expect_values(y.value(), [&](std::size_t i) {
      const double p = static_cast<double>(a[i]), q = static_cast<double>(b[i]);
      return p * q + 2 * p - 1;
    });
  }
}

TEMPLATE_TEST_CASE("map gives several results, equal to a plain loop", "[map]", float, double) {
  for (const std::size_t n : lengths) {
    Tape<TestType> tape;
    std::array<Tensor<TestType>, 5> x;
    for (std::size_t j = 0; j < 5; ++j) x[j] = normal<TestType>(Random(j), {2, n});
    const auto v = [&](std::size_t j) { return tape.constant(x[j]); };
    const auto [hidden, cell] = map(gate_block, v(0), v(1), v(2), v(3), v(4));
    const auto logistic = [](double z) { return 1 / (1 + std::exp(-z)); };
    const auto number = [&](std::size_t j, std::size_t i) { return static_cast<double>(x[j][i]); };
    const auto next = [&](std::size_t i) {
      return logistic(number(1, i)) * number(4, i) + logistic(number(0, i)) * std::tanh(number(2, i));
    };
    expect_values(cell.value(), next);
    expect_values(hidden.value(), [&](std::size_t i) { return logistic(number(3, i)) * std::tanh(next(i)); });
  }
}

TEST_CASE("the same arithmetic serves every position: the value does not depend on where an element stands", "[map]") {
  Tape tape;
  const auto y = map([](auto x) { return exp(tanh(x)) / (1 + sigmoid(x)); }, tape.constant(Tensor<>({33}, 0.37f)));
  for (const float number : numbers_of(y)) CHECK(number == y.value()[0]);
}

TEST_CASE("map accepts Parameters and Tensors beside a Variable, in any place, and captured numbers", "[map]") {
  Tape<double> tape;
  const Parameter<double> parameter(Tensor<double>({2}, {1, 2}));
  const Tensor<double> constant({2}, {10, 20});
  const auto x = tape.input(Tensor<double>({2}, {100, 200}));
  const double number = 1000;
  const auto y = map([number](auto p, auto v, auto t) { return p + v + t + number; }, parameter, x, constant);
  CHECK(numbers_of(y) == std::vector<double>{1111, 1222});
  tape.backward({{y, constant}});
  CHECK(gradient_numbers_of(x) == std::vector<double>{10, 20});
  CHECK(tape.gradient_of(parameter)[1] == 20);
}

TEST_CASE("a result that does not depend on an input gives it no gradient", "[map]") {
  Tape<double> tape;
  const auto a = tape.input(Tensor<double>({3}, 1.0)), b = tape.input(Tensor<double>({3}, 2.0));
  const auto y = map([](auto p, auto) { return p; }, a, b);
  const Tensor<double> ones({3}, 1.0);
  tape.backward({{y, ones}});
  CHECK(gradient_numbers_of(a) == std::vector<double>{1, 1, 1});
  CHECK(gradient_numbers_of(b) == std::vector<double>{0, 0, 0});
}

TEST_CASE("map: the tape's gradients agree with central differences, whatever the length", "[map][gradient]") {
  for (const std::size_t n : lengths) {
    std::vector<Tensor<double>> inputs;
    for (std::size_t j = 0; j < 5; ++j) inputs.push_back(normal<double>(Random(j), {n}));
    expect_gradients([](auto&, auto in) { return map(gate_block, in[0], in[1], in[2], in[3], in[4]); }, inputs);
    expect_gradients([](auto&, auto in) { return map(gate_block, in[0], in[1], in[2], in[3], in[4])[1]; }, inputs);
  }
}

TEST_CASE("map reads and writes the parts of a split in place", "[map][gradient]") {
  const std::size_t width = GENERATE(0u, 1u, 3u, 16u, 17u);
  const auto on_parts = [](auto&, auto in) {
    const auto [i, f, g, o] = split<4>(in[0]);
    return map(gate_block, i, f, g, o, in[1]);
  };
  const std::vector inputs{normal<double>(Random(1), {3, 4 * width}), normal<double>(Random(2), {3, width})};
  expect_gradients(on_parts, inputs);
  // A part that is both split and read as a whole.
  expect_gradients(
      [&](auto& tape, auto in) {
        const auto results = on_parts(tape, in);
        return std::vector{results[0], results[1], map([](auto x) { return x * x; }, in[0])};
      },
      inputs);
}

TEST_CASE("one Variable in two indices gets both gradients", "[map][gradient]") {
  expect_gradients([](auto&, auto in) { return map([](auto a, auto b) { return a * exp(b); }, in[0], in[0]); },
                   {normal<double>(Random(1), {17})});
  expect_gradients(
      [](auto&, auto in) {
        const auto [left, right] = split<2>(in[0]);
        return map([](auto a, auto b, auto c) { return a * exp(b) + c; }, left, left, right);
      },
      {normal<double>(Random(1), {3, 6})});
}

TEST_CASE("on a tape without gradients map gives the same values, bit by bit", "[map]") {
  Tape with, without(Recording::values);
  const auto x = normal(Random(1), {50});
  const auto function = [](auto a) { return tanh(a) * sigmoid(a); };
  CHECK(numbers_of(map(function, with.input(x))) == numbers_of(map(function, without.input(x))));
}

TEST_CASE("map names itself, or the operation it is, and both shapes when they differ", "[map][error]") {
  Tape tape;
  const auto add = [](auto a, auto b) { return a + b; };
  const auto x = tape.zeros({2, 3}), y = tape.zeros({3, 2});
  CHECK_THROWS_AS(map(add, x, y), ShapeError);
  CHECK_THROWS_WITH(map(add, x, y), Contains("map: shapes differ: left [2, 3], right [3, 2]"));
  CHECK_THROWS_WITH(map("add", add, x, tape.zeros({3})),
                    Contains("add: shapes differ") && Contains("nothing is broadcast"));
  Tape other;
  CHECK_THROWS_AS(map(add, x, other.zeros({2, 3})), TapeError);
}

TEST_CASE("an output that no op uses does not spoil the gradient of another", "[map]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2}, {0, 4}));
  const auto [used, unused] = map([](auto a) { return std::tuple{a * 3, sqrt(a)}; }, x);
  static_cast<void>(unused);
  tape.backward({{used, Tensor<double>({2}, 1.0)}});
  CHECK(Tensor<double>(x.gradient()) == Tensor<double>({2}, {3, 3}));
}

TEST_CASE("an infinite slope by one input does not spoil the gradients of inputs that it has nothing to do with",
          "[map]") {
  Tape<double> tape;
  const auto a = tape.input(Tensor<double>({3}, {0, 4, 0})), b = tape.input(Tensor<double>({3}, {1, 2, 3})),
             c = tape.input(Tensor<double>({3}, 5.0)), unused = tape.input(Tensor<double>({3}, 6.0));
  const auto [first, second] = map(
      [](auto p, auto q, auto r, auto) {
        return std::tuple{sqrt(p) + q * q + where(r > 0, r, q), r * 3};
      },
      a, b, c, unused);
  tape.backward({{first, Tensor<double>({3}, 1.0)}, {second, Tensor<double>({3}, 1.0)}});
  CHECK(gradient_numbers_of(a) == std::vector<double>{INFINITY, 0.25, INFINITY});
  CHECK(gradient_numbers_of(b) == std::vector<double>{2, 4, 6});
  CHECK(gradient_numbers_of(c) == std::vector<double>{4, 4, 4});
  CHECK(gradient_numbers_of(unused) == std::vector<double>{0, 0, 0});
}

TEST_CASE("a lambda may ignore any of its inputs, and any result any input", "[map][gradient]") {
  std::vector<Tensor<double>> inputs;
  for (std::size_t j = 0; j < 4; ++j) inputs.push_back(normal<double>(Random(j), {9}));
  expect_gradients(
      [](auto&, auto in) {
        return map(
            [](auto a, auto, auto c, auto d) {
              auto sum = a;
              sum += where(c > d, c * c, d);
              return std::tuple{sum, exp(d), -c, a - a + 1};
            },
            in[0], in[1], in[2], in[3]);
      },
      inputs);
}
