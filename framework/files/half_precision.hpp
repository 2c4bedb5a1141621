#pragma once

#include <bit>
#include <cstdint>

/// Conversions of the two 16-bit kinds of numbers to float; both are exact.
namespace unroll::inline v0::detail {

/// IEEE 754 half precision: 1 sign, 5 exponent (bias 15) and 10 fraction bits. Subnormal numbers become normal floats.
/// They are computed from integers, so that a thread which flushes denormals gets them too.
inline float from_half(std::uint16_t half) {
  const std::uint32_t sign = half >> 15U, exponent = (half >> 10U) & 31U, fraction = half & 0x3ffU;
  if (exponent == 0) return (sign == 0 ? 0x1p-24F : -0x1p-24F) * static_cast<float>(fraction);
  const std::uint32_t widened = exponent == 31 ? 255 : exponent + (127 - 15);
  return std::bit_cast<float>((sign << 31U) | (widened << 23U) | (fraction << 13U));
}

/// bfloat16 is the upper half of a float.
inline float from_bfloat(std::uint16_t upper) { return std::bit_cast<float>(std::uint32_t{upper} << 16U); }

}  // namespace unroll::inline v0::detail
