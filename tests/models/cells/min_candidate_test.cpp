#include "support/catch.hpp"
#include <unroll/framework/tape/tape.hpp>
#include <unroll/models/cells/min_candidate.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/reduction.hpp>

#include <cmath>

using namespace unroll;

namespace {

/// A candidate and its slope, as `map` computes them.
template <class Scalar>
std::pair<Scalar, Scalar> candidate(Scalar product, MinCandidate kind) {
  Tape<Scalar> tape;
  const auto x = tape.input(Tensor<Scalar>({1}, {product}));
  const auto y = map([kind](auto number) { return detail::min_candidate(number, kind); }, x);
  const Scalar value = y.value()[0];
  tape.backward(sum(y));
  return {value, x.gradient()[0]};
}

}  // namespace

TEMPLATE_TEST_CASE("a linear candidate is the product itself", "", float, double) {
  for (const double a : {-1000., -0.5, 0., 3., 1000.})
    CHECK(candidate(static_cast<TestType>(a), MinCandidate::linear)
          == std::pair{static_cast<TestType>(a), TestType{1}});
}

TEMPLATE_TEST_CASE("a candidate above zero is a + 1/2 from zero on and σ(a) below, as in the paper's appendix B", "",
                   float, double) {
  for (const double a : {0., 0.25, 2., 1000.})
    CHECK(candidate(static_cast<TestType>(a), MinCandidate::above_zero)
          == std::pair{static_cast<TestType>(a + 0.5), TestType{1}});
  for (const double a : {-0.001, -0.5, -3., -12.}) {
    const double sigmoid = 1 / (1 + std::exp(-a));
    const auto [value, slope] = candidate(static_cast<TestType>(a), MinCandidate::above_zero);
    CHECK(value == Approx(sigmoid).epsilon(1e-5));
    CHECK(slope == Approx(sigmoid * (1 - sigmoid)).epsilon(1e-5));
  }
}

TEMPLATE_TEST_CASE("a candidate above zero has no jump at zero, is above zero, and never overflows", "", float,
                   double) {
  const auto at = [](double a) { return candidate(static_cast<TestType>(a), MinCandidate::above_zero); };
  CHECK(at(-1e-6).first == Approx(at(0).first).epsilon(1e-5));
  CHECK(at(-80).first > 0);
  const auto [value, slope] = at(-1000);  // where σ is 0
  CHECK(value == 0);
  CHECK(slope == 0);
}
