#include "support/catch.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>

using namespace unroll;
using Catch::Matchers::Contains;

namespace {

/// x squared, element by element, with a rule of your choice.
template <class Rule>
Variable<double> square_with(Variable<double> x, Rule rule) {
  const auto y = x.tape().record("square", x.shape(), {x});
  for (std::size_t i = 0; i < x.shape().size(); ++i) y.writable()[i] = x.value()[i] * x.value()[i];
  y.on_backward([=] {
    for (std::size_t i = 0; i < x.shape().size(); ++i)
      x.mutable_gradient()[i] += rule(i, x.value()[i], y.upstream()[i]);
  });
  return y;
}

struct Scaled {
  Parameter<double> factor{normal<double>(Random(3), {2, 2})};
  static void members(auto& self, auto&& visit) { visit("factor", self.factor); }
};

const Tensor<double> numbers = normal<double>(Random(1), {2, 3});

}  // namespace

TEST_CASE("the gradient checker accepts a right rule", "[gradient-check]") {
  const auto report = check_gradients(
      [](auto&, auto in) { return square_with(in[0], [](auto, double x, double dy) { return 2 * x * dy; }); },
      {numbers});
  CHECK(report.passed());
  CHECK(report.compared == 6);
  CHECK(report.worst.relative_error() < 1e-8);
}

TEST_CASE("the gradient checker rejects a rule that forgets the chain factor, and names the worst element",
          "[gradient-check]") {
  const auto report = check_gradients(
      [](auto&, auto in) { return square_with(in[0], [](auto, double x, double) { return 2 * x; }); }, {numbers});
  CHECK_FALSE(report.passed());
  CHECK_THAT(to_string(report), Contains("a rule ignores its upstream"));
}

TEST_CASE("one wrong element among many is found by name", "[gradient-check]") {
  const auto report = check_gradients(
      [](auto&, auto in) {
        return in[1]
               * square_with(in[0], [](std::size_t i, double x, double dy) { return (i == 5 ? 2.1 : 2) * x * dy; });
      },
      {numbers, numbers});
  CHECK(report.failed == 1);
  CHECK(report.worst.element == "input 0[1, 2]");
  CHECK(report.worst.relative_error() == Approx(0.1 / 2.1).epsilon(1e-4));
  CHECK_THAT(to_string(report), Contains("input 0[1, 2]: tape ") && Contains("central difference ")
                                    && Contains("relative error 4.8e-02 (1 of 12 failed)"));
}

TEST_CASE("a rule that hides behind a plain sum is found by random cotangents", "[gradient-check]") {
  // With all cotangents 1 the two elements' gradients could be exchanged unnoticed.
  const auto report = check_gradients(
      [](auto&, auto in) {
        const auto x = in[0];
        const auto y = x.tape().record("exchanged", x.shape(), {x});
        for (std::size_t i = 0; i < 2; ++i) y.writable()[i] = 3 * x.value()[i];
        y.on_backward([x, y] {
          for (std::size_t i = 0; i < 2; ++i) x.mutable_gradient()[i] += 3 * y.upstream()[1 - i];
        });
        return y;
      },
      {normal<double>(Random(2), {2})});
  CHECK(report.failed == 2);
}

TEST_CASE("parameters are checked by name and put back", "[gradient-check]") {
  Scaled module;
  const Tensor<double> before = module.factor.value();
  const auto right = check_gradients(module, [](auto& tape, const auto& m) {
    return tanh(m.factor * tape.constant(normal<double>(Random(4), {2, 2})));
  });
  INFO(right);
  CHECK(right.passed());
  CHECK(right.compared == 4);
  CHECK(module.factor.value() == before);
  const auto wrong = check_gradients(module, [](auto& tape, const auto& m) {
    return square_with(tape.use(m.factor), [](auto, double x, double dy) { return x * dy; });
  });
  CHECK(wrong.failed == 4);
  CHECK_THAT(wrong.worst.element, Contains("factor["));
}

TEST_CASE("a large model is checked along random directions", "[gradient-check]") {
  const std::vector<Tensor<double>> inputs{normal<double>(Random(1), {50, 40}), normal<double>(Random(2), {50, 40})};
  const auto right = check_gradients([](auto&, auto in) { return tanh(in[0]) * in[1]; }, inputs, {}, {.directions = 3});
  INFO(right);
  CHECK(right.passed());
  CHECK(right.compared == 3);
  const auto wrong = check_gradients(
      [](auto&, auto in) {
        return in[1] * square_with(in[0], [](auto, double x, double dy) { return 2.01 * x * dy; });
      },
      inputs, {}, {.directions = 3});
  CHECK(wrong.failed == 3);
  CHECK_THAT(wrong.worst.element, Contains("direction"));
}

TEST_CASE("several outputs are checked together", "[gradient-check]") {
  const auto report = check_gradients([](auto&, auto in) { return std::vector{exp(in[0]), in[0] * in[0]}; }, {numbers});
  CHECK(report.passed());
}

TEST_CASE("a function that is not deterministic is found", "[gradient-check]") {
  double drift = 0;
  const auto report = check_gradients([&](auto&, auto in) { return in[0] * (drift += 0.1); }, {numbers});
  CHECK_FALSE(report.passed());
  CHECK_THAT(report.problem, Contains("not deterministic"));
}

TEST_CASE("a function that is not finite is found", "[gradient-check]") {
  CHECK_THAT(check_gradients([](auto&, auto in) { return log(in[0] * 0.0); }, {numbers}).problem,
             Contains("not finite"));
}

TEST_CASE("floats are refused with the reason, and so is a check of nothing", "[gradient-check][error]") {
  CHECK_THROWS_WITH(check_gradients([](auto&, auto in) { return in[0]; }, std::vector<Tensor<float>>{Tensor<>({1})}),
                    Contains("expected double") && Contains("three digits"));
  CHECK_THROWS_WITH(check_gradients([](auto& tape, auto) { return tape.zeros({1}); }, std::vector<Tensor<double>>()),
                    Contains("nothing to check"));
  CHECK_THROWS_WITH(check_gradients([](auto& tape, auto) { return tape.zeros({1}); }, {numbers}),
                    Contains("no output depends on"));
}

TEST_CASE("a tensor without elements passes with nothing compared", "[gradient-check]") {
  const auto report = check_gradients([](auto&, auto in) { return in[0] * 2; }, {Tensor<double>({0, 3})});
  CHECK(report.passed());
  CHECK(report.compared == 0);
}
