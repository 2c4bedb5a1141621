#pragma once

#include <unroll/framework/tensor/random.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

/// Random choices element by element: which to drop, which to keep. For the sources of ops.
namespace unroll::inline v0::detail {

/// 32 random bits are below this with probability `rate` from [0, 1].
inline std::uint32_t threshold_of(double rate) {
  return static_cast<std::uint32_t>(std::min(std::round(std::ldexp(rate, 32)), 0x1p32 - 1));
}

/// Calls `visit(i, happens)` for the elements 0 .. count - 1; the bits at position `start` + i decide `happens`.
template <class Visit>
void for_each_choice(const Random& random, std::size_t start, std::uint32_t threshold, std::size_t count,
                     Visit visit) {  // by value, so that its captures stay in registers while it writes
  std::array<std::uint32_t, 1024> bits;
  for (std::size_t first = 0; first < count; first += bits.size()) {
    const std::size_t length = std::min(bits.size(), count - first);
    random.fill_bits(start + first, std::span(bits.data(), length));
    for (std::size_t i = 0; i < length; ++i) visit(first + i, bits[i] < threshold);
  }
}

}  // namespace unroll::inline v0::detail
