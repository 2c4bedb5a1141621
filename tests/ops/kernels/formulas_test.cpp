#include "support/ops.hpp"
#include <unroll/ops/activations.hpp>
#include <unroll/ops/kernels/formulas.hpp>
#include <unroll/ops/map.hpp>

#include <functional>
#include <string>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// A function as an op of Variables, and called within a lambda given to map.
template <class Scalar>
struct Twice {
  std::string name;
  std::function<Variable<Scalar>(Variable<Scalar>, Variable<Scalar>)> op, lambda;
};

#define UNROLL_TWICE(call)                                                                                  \
  {                                                                                                         \
#call, [](V x, V y) { return static_cast<void>(y), call; }, [](V p, V q) {                                \
      return map("mine", [](auto x, auto y) { return static_cast<void>(y), decltype(x)(call); }, p, q); \
    } \
  }

/// Every function that activations.hpp declares.
template <class Scalar>
std::vector<Twice<Scalar>> every_activation() {
  using V = Variable<Scalar>;
  return {UNROLL_TWICE(exp(x)),
          UNROLL_TWICE(log(x * x)),
          UNROLL_TWICE(sqrt(x * x)),
          UNROLL_TWICE(square(x)),
          UNROLL_TWICE(abs(x)),
          UNROLL_TWICE(pow(x * x, y)),
          UNROLL_TWICE(pow(x, 3)),
          UNROLL_TWICE(tanh(x)),
          UNROLL_TWICE(sigmoid(x)),
          UNROLL_TWICE(relu(x)),
          UNROLL_TWICE(leaky_relu(x)),
          UNROLL_TWICE(leaky_relu(x, Scalar(0.25))),
          UNROLL_TWICE(elu(x)),
          UNROLL_TWICE(elu(x, Scalar(0.5))),
          UNROLL_TWICE(softplus(x)),
          UNROLL_TWICE(gelu(x)),
          UNROLL_TWICE(clamp(x, Scalar(-0.5), Scalar(0.5))),
          UNROLL_TWICE(maximum(x, y)),
          UNROLL_TWICE(minimum(x, y))};
}
#undef UNROLL_TWICE

}  // namespace

TEMPLATE_TEST_CASE("every activation is the same as an op and within a lambda given to map", "[map]", float, double) {
  for (const auto& [name, op, lambda] : every_activation<TestType>()) {
    INFO(name);
    Tape<TestType> first, second;
    const auto x = normal<TestType>(Random(1), {50}), y = normal<TestType>(Random(2), {50});
    const auto a = first.input(x), b = first.input(y), c = second.input(x), d = second.input(y);
    const auto of_op = op(a, b), of_lambda = lambda(c, d);
    const Tensor<TestType> expected(of_op.value()), found(of_lambda.value()), upstream({50}, TestType(2));
    for (std::size_t i = 0; i < 50; ++i) CHECK(found[i] == Approx(expected[i]).epsilon(1e-6).margin(1e-7));
    first.backward({{of_op, upstream}});
    second.backward({{of_lambda, upstream}});
    for (std::size_t i = 0; i < 50; ++i) CHECK(c.gradient()[i] == Approx(a.gradient()[i]).epsilon(1e-4).margin(1e-5));
  }
}

TEST_CASE("every activation within a lambda agrees with central differences", "[map][gradient]") {
  for (const auto& [name, op, lambda] : every_activation<double>()) {
    INFO(name);
    const auto report = check_gradients([&, f = lambda](auto&, auto in) { return f(in[0], in[1]); },
                                        {normal<double>(Random(3), {2, 7}), normal<double>(Random(4), {2, 7})});
    INFO(report);
    CHECK(report.passed());
  }
}

TEST_CASE("functions of lambdas can be tried on plain numbers, and take constants on either side", "[map]") {
  CHECK(relu(-1.0) == 0);
  CHECK(softplus(0.0) == Approx(std::log(2)));
  CHECK(maximum(1.0, 2.0) == 2);
  Tape tape;
  const auto x = tape.constant(Tensor<>({3}, {-1, 0, 2}));
  const auto y = map(
      "mine", [](auto v) { return maximum(0, v) + minimum(v, 1) + where(v == 0, 10, 0); }, x);
  CHECK(Tensor<>(y.value()) == Tensor<>({3}, {-1, 10, 3}));
}
