#include "support/catch.hpp"
#include <unroll/framework/files/half_precision.hpp>
#include <unroll/framework/tensor/denormals.hpp>

#include <cmath>
#include <limits>
#include <memory>

using namespace unroll;

namespace {
/// The value by its definition (IEEE 754-2019, 3.4); not for NaN.
double value_of(unsigned half) {
  const double sign = half >> 15U != 0 ? -1 : 1;
  const int exponent = static_cast<int>(half >> 10U & 31U);
  const double fraction = half & 1023U;
  if (exponent == 31) return sign * std::numeric_limits<double>::infinity();
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}
}  // namespace

TEST_CASE("every half precision number becomes the float of the same value, denormals flushed or not") {
  for (const bool flush : {false, true}) {
    const auto flushing = flush ? std::make_unique<FlushDenormals>() : nullptr;
    std::size_t wrong = 0;
    for (unsigned half = 0; half < 65536; ++half) {
      const float value = detail::from_half(static_cast<std::uint16_t>(half));
      if ((half & 0x7fffU) > 0x7c00U)
        wrong += !std::isnan(value);
      else
        wrong += value != value_of(half) || std::signbit(value) != std::signbit(value_of(half));
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a bfloat16 number is the upper half of a float") {
  for (const float value : {0.0F, -0.0F, 1.0F, -1.5F, 0x1p127F, 0x1p-126F, std::numeric_limits<float>::infinity()})
    CHECK(detail::from_bfloat(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U)) == value);
}
