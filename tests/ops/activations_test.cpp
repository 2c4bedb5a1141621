#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/reduction.hpp>

#include <functional>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// An op of one operand, the plain function that it is, and where it can be differentiated.
template <class Scalar>
struct Entry {
  std::string name;
  std::function<Variable<Scalar>(Variable<Scalar>)> op;
  std::function<double(double)> plain;
  bool positive_only = false;
};

template <class Scalar>
std::vector<Entry<Scalar>> table() {
  using V = Variable<Scalar>;
  return {
      {"exp", [](V x) { return exp(x); }, [](double x) { return std::exp(x); }},
      {"log", [](V x) { return log(x); }, [](double x) { return std::log(x); }, true},
      {"sqrt", [](V x) { return sqrt(x); }, [](double x) { return std::sqrt(x); }, true},
      {"square", [](V x) { return square(x); }, [](double x) { return x * x; }},
      {"abs", [](V x) { return abs(x); }, [](double x) { return std::abs(x); }},
      {"pow 3", [](V x) { return pow(x, 3); }, [](double x) { return std::pow(x, 3); }},
      {"pow 2.5", [](V x) { return pow(x, Scalar(2.5)); }, [](double x) { return std::pow(x, 2.5); }, true},
      {"tanh", [](V x) { return tanh(x); }, [](double x) { return std::tanh(x); }},
      {"sigmoid", [](V x) { return sigmoid(x); }, [](double x) { return 1 / (1 + std::exp(-x)); }},
      {"relu", [](V x) { return relu(x); }, [](double x) { return std::fmax(x, 0); }},
      {"leaky_relu", [](V x) { return leaky_relu(x, Scalar(0.25)); }, [](double x) { return x > 0 ? x : x / 4; }},
      {"elu", [](V x) { return elu(x, 2); }, [](double x) { return x > 0 ? x : 2 * std::expm1(x); }},
      {"softplus", [](V x) { return softplus(x); }, [](double x) { return x > 700 ? x : std::log1p(std::exp(x)); }},
      {"gelu", [](V x) { return gelu(x); }, [](double x) { return x * std::erfc(-x / std::sqrt(2.0)) / 2; }},
      {"clamp", [](V x) { return clamp(x, -1, Scalar(0.5)); },
       [](double x) { return x < -1    ? -1
                             : x > 0.5 ? 0.5
                                       : x; }},
  };
}

}  // namespace

TEMPLATE_TEST_CASE("activations equal the plain functions, whatever the length", "[activations]", float, double) {
  for (const auto& [name, op, plain, positive_only] : table<TestType>())
    for (const std::size_t n : lengths) {
      CAPTURE(name, n);
      Tape<TestType> tape;
      auto x = normal<TestType>(Random(n), {n}, 0, 2);
      if (positive_only)
        for (auto& number : x) number = std::abs(number);
      expect_values(
          op(tape.constant(x)).value(), [&](std::size_t i) { return plain(static_cast<double>(x[i])); },
          64);  // xsimd's erf is good to 34 units
    }
}

TEMPLATE_TEST_CASE("at special points activations have the values of the plain functions", "[activations]", float,
                   double) {
  const std::vector<double> points{-1.3, 0.49, 0.99, 1.01, infinity, 0, 30, -30};
  for (const auto& [name, op, plain, positive_only] : table<TestType>()) {
    CAPTURE(name);
    Tensor<TestType> x({points.size()});
    std::transform(points.begin(), points.end(), x.begin(), [](double p) { return static_cast<TestType>(p); });
    Tape<TestType> tape;
    expect_values(
        op(tape.constant(x)).value(),
        [&, &f = plain](std::size_t i) {
          return static_cast<double>(static_cast<TestType>(f(static_cast<double>(x[i]))));
        },
        32);
  }
}

TEMPLATE_TEST_CASE("elu of negative numbers near 0 is the number times the scale", "[activations][gradient]", float,
                   double) {
  for (const double size : {1e-30, 1e-20, 1e-9, 1e-6, 1e-3}) {
    Tape<TestType> tape;
    const auto x = tape.input(Tensor<TestType>({9}, static_cast<TestType>(-size)));  // more than a register of doubles
    const auto y = elu(x, 2);
    const double expected = 2 * std::expm1(static_cast<double>(static_cast<TestType>(-size)));
    for (const TestType number : y.value()) {
      CAPTURE(size, number, expected);
      CHECK(static_cast<double>(number)
            == Approx(expected).epsilon(4 * static_cast<double>(std::numeric_limits<TestType>::epsilon())));
    }
    tape.backward(sum(y));
    for (const TestType slope : x.gradient()) CHECK(near(slope, 2 * std::exp(-size)));
  }
}

TEST_CASE("activations saturate at -infinity as they should", "[activations]") {
  Tape<double> tape;
  const auto x = tape.constant(Tensor<double>({1}, -infinity));
  CHECK(exp(x).item() == 0);
  CHECK(std::isnan(log(x).item()));
  CHECK(abs(x).item() == infinity);
  CHECK(tanh(x).item() == -1);
  CHECK(sigmoid(x).item() == 0);
  CHECK(relu(x).item() == 0);
  CHECK(leaky_relu(x).item() == -infinity);
  CHECK(elu(x).item() == -1);
  CHECK(softplus(x).item() == 0);
  CHECK(clamp(x, -1, 1).item() == -1);
}

TEST_CASE("NaN is passed on by every activation", "[activations]") {
  Tape<double> tape;
  const auto x = tape.constant(Tensor<double>({1}, std::nan("")));
  for (const auto& entry : table<double>()) {
    CAPTURE(entry.name);
    CHECK(std::isnan(entry.op(x).item()));
  }
  const Tensor<double> one({1}, 1.0);
  const auto y = tape.constant(one);
  for (const auto& result :
       {maximum(x, one), maximum(y, x), minimum(x, one), minimum(y, x), pow(x, one), pow(y + 1, x)})
    CHECK(std::isnan(result.item()));
}

TEST_CASE("far from 0 the gradients of what saturates are its slopes, not NaN", "[activations][gradient]") {
  const auto slopes_of = [](auto op) {
    Tape<double> tape;
    const auto x = tape.input(Tensor<double>({4}, {1000, -1000, infinity, -infinity}));
    tape.backward(sum(op(x)));
    return gradient_numbers_of(x);
  };
  CHECK(slopes_of([](auto x) { return tanh(x); }) == std::vector<double>{0, 0, 0, 0});
  CHECK(slopes_of([](auto x) { return sigmoid(x); }) == std::vector<double>{0, 0, 0, 0});
  CHECK(slopes_of([](auto x) { return relu(x); }) == std::vector<double>{1, 0, 1, 0});
  CHECK(slopes_of([](auto x) { return elu(x); }) == std::vector<double>{1, 0, 1, 0});
  CHECK(slopes_of([](auto x) { return softplus(x); }) == std::vector<double>{1, 0, 1, 0});
}

TEST_CASE("at a kink the gradient is the one documented", "[activations][gradient]") {
  const auto slope_at = [](double point, auto op) {
    Tape<double> tape;
    const auto x = tape.input(Tensor<double>({1}, point));
    tape.backward(op(x));
    return x.gradient()[0];
  };
  CHECK(slope_at(0, [](auto x) { return abs(x); }) == 0);
  CHECK(slope_at(0, [](auto x) { return relu(x); }) == 0);
  CHECK(slope_at(0, [](auto x) { return leaky_relu(x, 0.25); }) == 0.25);
  CHECK(slope_at(2, [](auto x) { return clamp(x, -1, 1); }) == 0);
  CHECK(slope_at(0.5, [](auto x) { return clamp(x, -1, 1); }) == 1);
  CHECK(slope_at(0, [](auto x) { return pow(x, 1); }) == 1);
  CHECK(slope_at(0, [](auto x) { return pow(x, 0); }) == 0);
}

TEST_CASE("activations: the tape's gradients agree with central differences", "[activations][gradient]") {
  const auto shape = GENERATE(Shape{}, Shape{0}, Shape{3, 4}, Shape{2, 17});
  for (const auto& entry : table<double>()) {
    CAPTURE(entry.name);
    auto x = normal<double>(Random(3), shape);
    for (double& number : x) number = entry.positive_only ? std::abs(number) + 0.1 : number;
    expect_gradients([&](auto&, auto in) { return entry.op(in[0]); }, {x});
  }
}

TEST_CASE("functions of two operands: values, and gradients by central differences", "[activations][gradient]") {
  const std::vector inputs{uniform<double>(Random(1), {2, 9}, 0.5, 2), normal<double>(Random(2), {2, 9})};
  const auto condition = Tensor<double>({2, 9}, {0, 1, -1, 0, 5, 0, 0, 2, 1, 0, 0, 1, 0, 1, 0, 1, 1e-3, 0});
  Tape<double> tape;
  const auto a = tape.constant(inputs[0]), b = tape.constant(inputs[1]);
  const auto &x = inputs[0], &y = inputs[1];
  expect_values(pow(a, b).value(), [&](std::size_t i) { return std::pow(x[i], y[i]); });
  expect_values(
      maximum(a, b).value(), [&](std::size_t i) { return std::max(x[i], y[i]); }, 0);
  expect_values(
      minimum(a, b).value(), [&](std::size_t i) { return std::min(x[i], y[i]); }, 0);
  expect_values(
      where(condition, a, b).value(), [&](std::size_t i) { return condition[i] != 0 ? x[i] : y[i]; }, 0);
  expect_gradients(
      [&](auto&, auto in) {
        const auto p = in[0], q = in[1];
        return std::vector{pow(p, q), maximum(p, q), minimum(p, q), where(condition, p, q)};
      },
      inputs);
}

TEST_CASE("where two are equal, the gradient goes to the first", "[activations][gradient]") {
  Tape<double> tape;
  const auto a = tape.input(Tensor<double>({1}, 2.0)), b = tape.input(Tensor<double>({1}, 2.0));
  tape.backward({{maximum(a, b), Tensor<double>({1}, 1.0)}, {minimum(a, b), Tensor<double>({1}, 1.0)}});
  CHECK(a.gradient()[0] == 2);
  CHECK(b.gradient()[0] == 0);
}

TEST_CASE("where chooses by any number that is not 0, however small, and by NaN", "[activations]") {
  Tape<double> tape;
  const Tensor<double> condition({5}, {1e-300, -1e-300, 0, -0.0, std::nan("")});
  const auto y = where(condition, tape.constant(Tensor<double>({5}, 1.0)), Tensor<double>({5}, 2.0));
  CHECK(numbers_of(y) == std::vector<double>{1, 1, 2, 2, 1});
}

TEST_CASE("activations name what does not fit", "[activations][error]") {
  Tape<double> tape;
  const auto x = tape.zeros({2, 3});
  CHECK_THROWS_AS(clamp(x, 1, -1), ArgumentError);
  CHECK_THROWS_WITH(clamp(x, 1, -1), Contains("clamp: [1, -1] given, expected low <= high"));
  CHECK_THROWS_AS(clamp(x, std::nan(""), 1), ArgumentError);
  CHECK_THROWS_WITH(maximum(x, Tensor<double>({3})), Contains("maximum: shapes differ"));
  CHECK_THROWS_WITH(minimum(x, Tensor<double>({3})), Contains("minimum: shapes differ"));
  CHECK_THROWS_WITH(pow(x, Tensor<double>({3})), Contains("pow: shapes differ"));
  CHECK_THROWS_WITH(where(Tensor<double>({3}), x, x), Contains("where: shapes differ"));
}

TEST_CASE("a slope that is taken from the result is that of a lambda, wherever the operand lies",
          "[activations][gradient]") {
  const auto numbers = normal<double>(Random(1), {3, 8}, 0, 2), cotangent = normal<double>(Random(2), {3, 4});
  const auto columns = [](auto x) { return split<2>(x)[1]; };
  const auto some_rows = [](auto x) { return rows(x, Tensor<int>({3}, {2, 0, 2})); };
  const auto gradient = [&](const auto& part, const auto& function) {
    Tape<double> tape;
    const auto x = tape.input(numbers);
    tape.backward({{function(columns(part(x))) * 2 + function(columns(part(x))), cotangent.view()}});  // twice
    return Tensor<double>(x.gradient());
  };
  const auto expect_same = [&](const auto& function, const auto& by_lambda) {
    const auto all = [](auto x) { return x; };
    const auto whole = gradient(all, by_lambda), picked = gradient(some_rows, by_lambda);
    expect_values<double>(gradient(all, function), [&](std::size_t i) { return whole[i]; });
    expect_values<double>(gradient(some_rows, function), [&](std::size_t i) { return picked[i]; });
  };
  expect_same([](auto x) { return tanh(x); }, [](auto x) { return unroll::map([](auto a) { return tanh(a); }, x); });
  expect_same([](auto x) { return sigmoid(x); },
              [](auto x) { return unroll::map([](auto a) { return sigmoid(a); }, x); });
}
