#include "support/ops.hpp"
#include <unroll/ops/kernels/dual.hpp>

#include <functional>
#include <limits>

using namespace unroll;
using namespace unroll::testing;

namespace {

using Dual2 = Dual<double, 2>;

/// The derivative of a function of two numbers by each, against its formula and a central difference.
template <class Function>
void expect_derivatives(Function function, double x, double y, double by_x, double by_y) {
  using std::abs, std::pow;
  CAPTURE(x, y);
  const Dual2 result = function(Dual2::variable(x, 0), Dual2::variable(y, 1));
  const double h = 1e-6;
  CHECK(result.value == Approx(function(x, y)).margin(1e-15));
  CHECK(result.partial[0] == Approx(by_x).margin(1e-14));
  CHECK(result.partial[1] == Approx(by_y).margin(1e-14));
  CHECK(result.partial[0] == Approx((function(x + h, y) - function(x - h, y)) / (2 * h)).epsilon(1e-7).margin(1e-8));
  CHECK(result.partial[1] == Approx((function(x, y + h) - function(x, y - h)) / (2 * h)).epsilon(1e-7).margin(1e-8));
}
/// The same for one number; a second one has no part in it.
template <class Function>
void expect_derivative(Function function, double x, double by_x) {
  expect_derivatives([function](auto a, auto) { return function(a); }, x, 1.0, by_x, 0);
}

using std::abs, std::cos, std::erf, std::exp, std::expm1, std::log, std::log1p, std::pow, std::sin, std::sqrt,
    std::tanh;

}  // namespace

TEST_CASE("the derivatives of arithmetic are those of the schoolbook", "[dual]") {
  const double x = GENERATE(-1.3, 0.49, 1.01), y = GENERATE(-2.0, 0.7);
  expect_derivatives([](auto a, auto b) { return a + b; }, x, y, 1, 1);
  expect_derivatives([](auto a, auto b) { return a - b; }, x, y, 1, -1);
  expect_derivatives([](auto a, auto b) { return a * b; }, x, y, y, x);
  expect_derivatives([](auto a, auto b) { return a / b; }, x, y, 1 / y, -x / (y * y));
  expect_derivatives([](auto a, auto b) { return a += b, a *= b, a -= b, a; }, x, y, y, x + 2 * y - 1);
  expect_derivative([](auto a) { return -a; }, x, -1);
  expect_derivative([](auto a) { return 2 / a + 3 * a - 1; }, x, -2 / (x * x) + 3);
}

TEST_CASE("the derivatives of functions are those of the tables", "[dual]") {
  const double x = GENERATE(-1.3, -0.2, 0.49, 0.99, 1.01, 3.0);
  expect_derivative([](auto a) { return exp(a); }, x, std::exp(x));
  expect_derivative([](auto a) { return expm1(a); }, x, std::exp(x));
  expect_derivative([](auto a) { return tanh(a); }, x, 1 / (std::cosh(x) * std::cosh(x)));
  expect_derivative([](auto a) { return sigmoid(a); }, x, std::exp(-x) / std::pow(1 + std::exp(-x), 2));
  expect_derivative([](auto a) { return erf(a); }, x, 2 / std::sqrt(std::acos(-1.0)) * std::exp(-x * x));
  expect_derivative([](auto a) { return sin(a); }, x, std::cos(x));
  expect_derivative([](auto a) { return cos(a); }, x, -std::sin(x));
  expect_derivative([](auto a) { return abs(a); }, x, x > 0 ? 1 : -1);
  expect_derivative([](auto a) { return where(a > 0, a * a, -a); }, x, x > 0 ? 2 * x : -1);
  if (x <= 0) return;
  expect_derivative([](auto a) { return log(a); }, x, 1 / x);
  expect_derivative([](auto a) { return log1p(a); }, x, 1 / (1 + x));
  expect_derivative([](auto a) { return sqrt(a); }, x, 0.5 / std::sqrt(x));
  expect_derivatives([](auto a, auto b) { return pow(a, b); }, x, 1.7, 1.7 * std::pow(x, 0.7),
                     std::pow(x, 1.7) * std::log(x));
}

TEST_CASE("at a kink the derivative is the one documented", "[dual]") {
  CHECK(abs(Dual2::variable(0, 0)).partial[0] == 0);
  CHECK(where(Dual2::variable(0, 0) > 0, Dual2::variable(0, 0), Dual2(0.0)).partial[0] == 0);
}

TEST_CASE("a power with a constant exponent has a derivative at 0 and below", "[dual]") {
  const auto square = [](double x) { return pow(Dual2::variable(x, 0), Dual2(2.0)).partial[0]; };
  CHECK(square(-3) == Approx(-6));
  CHECK(square(0) == 0);
  CHECK(pow(Dual2::variable(0, 0), Dual2(1.0)).partial[0] == Approx(1));
}

TEST_CASE("a power of 0 to the 0 is 1 and does not move", "[dual]") {
  const auto result = pow(Dual2::variable(0, 0), Dual2(0.0));
  CHECK(result.value == 1);
  CHECK(result.partial[0] == 0);
}

TEST_CASE("the value of a dual is that of the plain function, wherever", "[dual]") {
  const double x = GENERATE(-1.3, 0.0, 1.01, std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity(), std::nan(""));
  const auto expect_same = [x](auto function) {
    const double plain = function(x);
    CAPTURE(x, plain);
    CHECK(near(function(Dual2::variable(x, 0)).value, plain, 0));
  };
  expect_same([](auto a) { return exp(a); });
  expect_same([](auto a) { return log(a); });
  expect_same([](auto a) { return log1p(a); });
  expect_same([](auto a) { return expm1(a); });
  expect_same([](auto a) { return sqrt(a); });
  expect_same([](auto a) { return abs(a); });
  expect_same([](auto a) { return tanh(a); });
  expect_same([](auto a) { return sigmoid(a); });
  expect_same([](auto a) { return erf(a); });
  expect_same([](auto a) { return a * a / a; });
}

TEST_CASE("a constant has no derivative, and comparisons look at the value", "[dual]") {
  CHECK(Dual2(3.0).partial == std::array{0.0, 0.0});
  CHECK(Dual2(3).value == 3.0);
  CHECK(Dual2::variable(1, 0) < Dual2::variable(2, 1));
  CHECK(Dual2::variable(2, 0) >= Dual2(2.0));
  CHECK_FALSE(Dual2(1.0) > 1.0);
  CHECK(Dual2(1.0) <= 1.0);
}

TEST_CASE("duals of Lanes differentiate every lane", "[dual]") {
  using Vector = Lanes<double>;
  std::array<double, Vector::count> numbers, derivatives;
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = 0.3 * static_cast<double>(i) - 1;
  const auto x = Dual<Vector, 1>::variable(Vector::load(numbers.data()), 0);
  (tanh(x) * x).partial[0].store(derivatives.data());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double f = std::tanh(numbers[i]);
    CHECK(near(derivatives[i], (1 - f * f) * numbers[i] + f));
  }
}

TEST_CASE("an input that a result does not depend on leaves no trace, not even of infinity", "[dual]") {
  const auto x = Dual2::variable(0.0, 0), y = Dual2::variable(3.0, 1);
  const Dual2 result = sqrt(x) + y * y;
  CHECK(result.partial[0] == std::numeric_limits<double>::infinity());
  CHECK(result.partial[1] == 6);
  CHECK(Dual2(2.0).by(0).none);
  CHECK(y.by(0).none);
  CHECK_FALSE((x - x).by(0).none);
}

TEST_CASE("duals of duals differentiate twice", "[dual]") {
  using Inner = Dual<double, 1>;
  const auto x = Dual<Inner, 1>::variable(Inner::variable(0.7, 0), 0);
  const auto cube = x * x * x;
  CHECK(cube.partial[0].value == Approx(3 * 0.49));
  CHECK(cube.partial[0].partial[0] == Approx(6 * 0.7));
}

TEST_CASE("the slope of a power by its base moves with an exponent of 0", "[dual]") {
  Tape<DualNumber> tape;  // forward over reverse: x^y by x is y x^(y-1), and that by y at 0 is 1 / x
  const auto x = tape.input(Tensor<DualNumber>({3}, {{2, 0}, {0, 0}, {-4, 0}}));
  const auto y = tape.input(Tensor<DualNumber>({3}, {{0, 1}, {0, 0}, {0, 0}}));
  const auto power = pow(x, y);
  tape.backward({{power, Tensor<DualNumber>({3}, 1)}});
  CHECK(x.gradient()[0].value == 0);
  CHECK(x.gradient()[0].tangent == Approx(0.5));
  CHECK(x.gradient()[1].value == 0);
  CHECK(x.gradient()[2].value == 0);
}

TEST_CASE("a derivative that is none whatever the numbers stays so through all arithmetic", "[dual]") {
  const auto x = Dual2::variable(0.7, 0), constant = Dual2(3.0);
  const auto is_of_first_alone = [](const Dual2& result) {
    CHECK_FALSE(result.by(0).none);
    CHECK(result.by(1).none);
    CHECK(result.partial[1] == 0);
  };
  for (const Dual2& result : {x + constant,
                              constant - x,
                              x * constant,
                              constant / x,
                              x / constant,
                              -x,
                              exp(x),
                              log(x),
                              log1p(x),
                              expm1(x),
                              sqrt(x),
                              abs(x),
                              tanh(x),
                              sigmoid(x),
                              erf(x),
                              sin(x),
                              cos(x),
                              pow(x, constant),
                              pow(constant, x),
                              where(x > 0, x, constant),
                              where(x > 0, constant, x),
                              x * x - x / x})
    is_of_first_alone(result);
  for (const Dual2& result : {constant + constant, constant * 2.0, exp(constant), where(x > 0, constant, constant)}) {
    CHECK(result.by(0).none);
    CHECK(result.by(1).none);
  }
}

TEST_CASE("slopes of 0 and of infinity are numbers, not none", "[dual]") {
  const Slope<double> none, zero(0.0), infinite(std::numeric_limits<double>::infinity());
  CHECK_FALSE(zero.none);
  CHECK(sum(none, infinite).value == infinite.value);
  CHECK(sum(infinite, none).value == infinite.value);
  CHECK(sum(none, none).none);
  CHECK(times(infinite.value, none).none);
  CHECK(std::isnan(times(infinite.value, zero).value));
  CHECK(choose(true, none, infinite).value == 0);
  CHECK(choose(false, none, infinite).value == infinite.value);
  CHECK(choose(true, none, none).none);
}
