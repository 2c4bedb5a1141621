#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops.hpp>
#include <unroll/ops/operands/repetition.hpp>

#include <numeric>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

/// Which number of what is repeated is number i of the node.
std::size_t source_of(std::size_t i, std::size_t repeats, std::size_t after) {
  return i / (repeats * after) * after + i % after;
}

/// A repetition with the length of its runs around those of tiles, of axes in front, in the middle, and behind.
struct Form {
  Shape from, to;
};
const std::vector<Form> forms{
    {{3}, {2, 3}},        {{300}, {3, 300}},         {{1, 300}, {2, 300}},         {{2, 1}, {2, 3}},
    {{2, 1}, {2, 300}},   {{2, 1, 3}, {2, 4, 3}},    {{2, 1, 1}, {2, 3, 17}},      {{1}, {700}},
    {{}, {3, 5}},         {{1, 2, 1}, {3, 2, 5}},    {{2, 1, 3, 1}, {2, 4, 3, 5}}, {{1, 1, 2}, {2, 300, 2}},
    {{400, 1}, {400, 1}}, {{400, 1, 1}, {400, 2, 1}}};

Variable<double> copied(Variable<double> x) { return reshape(x, x.shape()); }  // for which the numbers are made

}  // namespace

TEST_CASE("any stretch of a repetition is written as the whole is", "[repetition]") {
  Tape<double> tape;
  const auto [before, repeats, after] = GENERATE(table<std::size_t, std::size_t, std::size_t>(
      {{2, 3, 4}, {1, 5, 3}, {3, 4, 1}, {2, 1, 3}, {1, 1, 1}, {1, 12, 1}}));
  const detail::Repetition<double> repetition{tape.constant(counting<double>({before * after})), repeats, after};
  const std::size_t size = before * repeats * after;
  for (std::size_t first = 0; first <= size; ++first)
    for (std::size_t count = 0; first + count <= size; ++count) {
      std::vector<double> written(count), gradient(before * after, 0), expected = gradient;
      repetition.write(first, count, repetition.numbers(), written.data());
      repetition.add_gradient(first, count, written.data(), gradient.data());
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t source = source_of(first + i, repeats, after);
        CHECK(written[i] == static_cast<double>(source));
        expected[source] += written[i];
      }
      CHECK(gradient == expected);
    }
}

TEST_CASE("map of what is repeated equals map of its copy, and so do the gradients", "[repetition][map]") {
  for (const auto& [from, to] : forms) {
    CAPTURE(to_string(from), to_string(to));
    Tape<double> tape;
    make_dirty(tape);
    const auto x = tape.input(normal<double>(Random(1), from)), y = tape.input(normal<double>(Random(2), to));
    const auto result = [&](auto repeated) {
      return unroll::map([](auto a, auto b) { return std::tuple{tanh(a * b), a + b * b}; }, repeated, y)[0];
    };
    const auto in_place = result(broadcast(x, to)), of_copy = result(copied(broadcast(x, to)));
    CHECK(numbers_of(in_place) == numbers_of(of_copy));
    expect_gradients(
        [to = to](auto&, auto in) {
          const auto [p, q] = unroll::map(
              [](auto a, auto b) {
                return std::tuple{tanh(a * b), a + b * b};
              },
              broadcast(in[0], to), in[1]);
          return std::vector{p, q * p, broadcast(in[0], to) * broadcast(in[0], to)};
        },
        {normal<double>(Random(1), from), normal<double>(Random(2), to)});
  }
}

TEST_CASE("what is repeated stands beside all kinds of operands in a map", "[repetition][map][gradient]") {
  const std::size_t width = GENERATE(1u, 5u, 300u);
  expect_gradients(
      [&](auto&, auto in) {
        const auto [left, right] = split<2>(in[0]);                      // columns
        const auto row = repeated_row(in[1], 1, 3);                      // picked
        const auto number = broadcast(in[2], {3, width});                // [3, 1]
        const auto line = broadcast(slice(in[1], 0, 0, 1), {3, width});  // a part of the table of the rows
        const auto itself = broadcast(at_step(left, 0), {3, width});     // a row of an operand
        return std::vector{
            unroll::map([](auto a, auto b, auto c, auto d, auto e, auto f) { return tanh(a * c) + b * d * e + f * a; },
                        left, right, row, number, line, itself)};
      },
      {normal<double>(Random(1), {3, 2 * width}), normal<double>(Random(2), {2, width}),
       normal<double>(Random(3), {3, 1})});
}

TEST_CASE("a map of what is repeated makes no copy, neither forward nor back", "[repetition][map][memory]") {
  constexpr std::size_t batch = 8, width = 64, result = batch * width * width * sizeof(float);
  Tape tape;
  const auto a = tape.input(Tensor<>({batch, width, 1}, 1)), b = tape.input(Tensor<>({batch, 1, width}, 2));
  const auto product = broadcast(a, {batch, width, width}) * broadcast(b, {batch, width, width});
  CHECK(tape.bytes() < result * 11 / 10);
  tape.backward({{product, Tensor<>(product.shape(), 1)}});
  CHECK(tape.bytes() < result * 22 / 10);  // and the gradient of the product
  CHECK(gradient_numbers_of(a) == std::vector<float>(batch * width, 2 * width));
  CHECK(gradient_numbers_of(b) == std::vector<float>(batch * width, width));
}

TEST_CASE("ops other than map get the numbers of what is repeated, made once", "[repetition]") {
  Tape tape;
  const auto y = broadcast(tape.input(counting({3})), {2, 3});
  const std::size_t before = tape.bytes();
  static_cast<void>(sum(y, 0));
  const auto made = y.value().data();
  CHECK(tape.bytes() >= before + 6 * sizeof(float));
  static_cast<void>(concat({y, y}, 0));
  CHECK(y.value().data() == made);
}

TEST_CASE("numbers that cannot be made are told with the op and the shape", "[repetition][error]") {
  Tape tape;
  const auto y = broadcast(tape.input(Tensor<>({1})), {std::size_t{1} << 62});
  CHECK_THROWS_WITH(y.value(), Contains("broadcast: shape [4611686018427387904]: "));
}

TEST_CASE("the gradient of what is repeated is there when it is to be kept", "[repetition]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2}, {1, 2}));
  const auto kept = broadcast(x, {3, 2}).keep_gradient(), passed = broadcast(x, {3, 2});
  tape.backward(sum(kept * 2.0 + passed * 3.0));
  CHECK(gradient_numbers_of(kept) == std::vector<double>(6, 2));
  CHECK(gradient_numbers_of(x) == std::vector<double>(2, 15));
  CHECK_THROWS_WITH(passed.gradient(), Contains("gradient: the tape has not kept that of 'broadcast'"));
}

TEST_CASE("what is repeated is refused when it is of a parameter that has changed meanwhile", "[repetition][error]") {
  Tape tape;
  Parameter<> parameter(Tensor<>({3}, 1));
  const auto y = broadcast(tape.use(parameter), {2, 3});
  parameter.mutable_value()[0] = 2;
  CHECK_THROWS_WITH(y * y, Contains("has changed since this tape first used it"));
  CHECK_THROWS_WITH(y.value(), Contains("has changed since this tape first used it"));
}
