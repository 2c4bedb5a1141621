#include "support/catch.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/linear.hpp>
#include <unroll/ops/shaping.hpp>

using namespace unroll;
using Catch::Matchers::Contains;

namespace {
struct SharedWeight {
  Parameter<double>& weight;
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};
}  // namespace

TEST_CASE("linear multiplies by the transposed weight and adds the bias to every row", "[linear]") {
  Tape tape;
  const auto x = tape.constant(Tensor<>({2, 3}, {1, 2, 3, 4, 5, 6}));
  const Tensor<> weight({2, 3}, {1, 0, 1, 0, 1, 1}), bias({2}, {10, 20});
  CHECK(Tensor<>(linear(x, weight).value()) == Tensor<>({2, 2}, {1 + 3, 2 + 3, 4 + 6, 5 + 6}));
  CHECK(Tensor<>(linear(x, weight, bias).value()) == Tensor<>({2, 2}, {14, 25, 20, 31}));
}

TEST_CASE("linear: the tape's gradients agree with central differences", "[linear][gradient]") {
  const auto x = normal<double>(Random(1), GENERATE(Shape{3, 4}, Shape{1, 4}, Shape{2, 3, 4}, Shape{0, 4}, Shape{4}));
  const auto weight = normal<double>(Random(2), {5, 4}), bias = normal<double>(Random(3), {5});
  const auto with_bias = check_gradients([](auto&, auto in) { return linear(in[0], in[1], in[2]); }, {x, weight, bias});
  const auto without = check_gradients([](auto&, auto in) { return linear(in[0], in[1]); }, {x, weight});
  INFO(with_bias << '\n' << without);
  CHECK(with_bias.passed());
  CHECK(without.passed());
}

TEST_CASE("a weight used at several steps gets the sum of their gradients", "[linear][gradient]") {
  Parameter<double> weight(normal<double>(Random(2), {4, 4}));
  SharedWeight holder{weight};
  const auto report =
      check_gradients([&](auto&, auto in) { return linear(linear(linear(in[0], weight), weight), weight); },
                      {normal<double>(Random(1), {3, 4})}, parameters_of<double>(holder));
  INFO(report);
  CHECK(report.passed());
  CHECK(report.compared == 12 + 16);
}

TEST_CASE("add_linear adds a product onto what is given, a bias or not, even onto the bias itself",
          "[linear][gradient]") {
  const auto x = normal<double>(Random(1), {3, 4}), weight = normal<double>(Random(2), {5, 4});
  const auto bias = normal<double>(Random(3), {5}), onto = normal<double>(Random(4), {3, 5});
  Tape<double> tape;
  const auto plain = linear(tape.constant(x), weight, bias).value();
  const auto sum = add_linear(tape.constant(onto), tape.constant(x), weight, bias).value();
  for (std::size_t i = 0; i < sum.size(); ++i) CHECK(sum[i] == Approx(onto[i] + plain[i]));
  const auto report =
      check_gradients([](auto&, auto in) { return add_linear(add_linear(in[3], in[0], in[1]), in[0], in[1], in[2]); },
                      {x, weight, bias, onto});
  const auto onto_bias = check_gradients(
      [](auto&, auto in) {
        return add_linear(reshape(in[2], {1, 5}), in[0], in[1], in[2]);
      },
      {normal<double>(Random(5), {1, 4}), weight, bias});
  INFO(report << '\n' << onto_bias);
  CHECK(report.passed());
  CHECK(onto_bias.passed());
  CHECK_THROWS_WITH(add_linear(tape.zeros({3, 4}), tape.constant(x), weight),
                    Contains("add_linear: a product of shape [3, 5] cannot be added onto [3, 4]"));
}

TEST_CASE("a weight without outputs, or without inputs, is multiplied by like others", "[linear]") {
  Tape<double> tape;
  for (int use = 0; use < 3; ++use) {
    CHECK(linear(tape.zeros({2, 3}), Tensor<double>({0, 3})).shape() == Shape{2, 0});
    CHECK(Tensor<double>(linear(tape.zeros({2, 0}), Tensor<double>({4, 0})).value()) == Tensor<double>({2, 4}));
  }
}

TEST_CASE("linear names the shapes, the axes and the likely cause", "[linear][error]") {
  Tape tape;
  const auto x = tape.zeros({32, 64});
  CHECK_THROWS_WITH(linear(x, Tensor<>({256, 65})), Contains("[N=32, D=64]") && Contains("[H=256, D=65]")
                                                        && Contains("D = 65") && Contains("other inputs"));
  CHECK_THROWS_WITH(linear(x, Tensor<>({64, 256})), Contains("is the weight transposed?"));
  CHECK_THROWS_WITH(linear(x, Tensor<>({64})), Contains("expected 2 axes: [H, D]"));
  CHECK_THROWS_WITH(linear(x, Tensor<>({256, 64}), Tensor<>({255})),
                    Contains("bias has shape [255]") && Contains("[H=256]"));
}
