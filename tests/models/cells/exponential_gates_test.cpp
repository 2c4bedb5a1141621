#include "support/catch.hpp"
#include <unroll/framework/tape/tape.hpp>
#include <unroll/models/cells/exponential_gates.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/reduction.hpp>

#include <cmath>

using namespace unroll;

namespace {

/// The logarithm of a forget gate and its slope, as `map` computes them.
template <class Scalar>
std::pair<Scalar, Scalar> log_forget(Scalar a, ForgetGate gate) {
  Tape<Scalar> tape;
  const auto x = tape.input(Tensor<Scalar>({1}, {a}));
  const auto y = map([gate](auto number) { return detail::log_forget(number, gate); }, x);
  const Scalar value = y.value()[0];
  tape.backward(sum(y));
  return {value, x.gradient()[0]};
}

}  // namespace

TEMPLATE_TEST_CASE("the logarithm of a sigmoid forget gate is that of σ, and its slope σ(-a)", "", float, double) {
  for (const double a : {-5., -1., -0.25, 0., 0.5, 2., 6.}) {
    const auto [value, slope] = log_forget(static_cast<TestType>(a), ForgetGate::sigmoid);
    CHECK(value == Approx(std::log(1 / (1 + std::exp(-a)))).epsilon(1e-6));
    CHECK(slope == Approx(1 / (1 + std::exp(a))).epsilon(1e-6));
  }
}

TEMPLATE_TEST_CASE("the logarithm of a sigmoid forget gate is exact where the gate itself would be 0 or 1", "", float,
                   double) {
  CHECK(log_forget(TestType{-1000}, ForgetGate::sigmoid) == std::pair{TestType{-1000}, TestType{1}});  // σ is 0
  CHECK(log_forget(TestType{1000}, ForgetGate::sigmoid) == std::pair{TestType{0}, TestType{0}});
  const auto [value, slope] = log_forget(TestType{20}, ForgetGate::sigmoid);  // σ is 1 in float
  CHECK(value == Approx(-std::exp(-20.)).epsilon(1e-5).margin(0));
  CHECK(slope == Approx(std::exp(-20.)).epsilon(1e-5).margin(0));
}

TEMPLATE_TEST_CASE("the logarithm of an exponential forget gate is its pre-activation", "", float, double) {
  for (const double a : {-1000., -1., 0., 2.5, 1000.})
    CHECK(log_forget(static_cast<TestType>(a), ForgetGate::exponential)
          == std::pair{static_cast<TestType>(a), TestType{1}});
}
