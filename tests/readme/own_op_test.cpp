#include "support/catch.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/map.hpp>

using namespace unroll;

template <class Scalar>
Variable<Scalar> silu(Variable<Scalar> x) {  // x σ(x), of any shape
  return map(
      "silu", [](auto number) { return number * sigmoid(number); }, x);
}

GradientReport check_silu() {
  return check_gradients([](auto&, auto inputs) { return silu(inputs[0]); }, {normal<double>(Random(1), {4, 3})});
}

TEST_CASE("an op made with map has its gradient", "[readme]") { CHECK(check_silu().passed()); }
