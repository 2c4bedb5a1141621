#pragma once

#include <cstdint>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace unroll::inline v0 {

namespace detail {

// The thread's control register of floating-point arithmetic, and its bits for denormals.
#if defined(__SSE2__)
inline std::uint64_t float_mode() { return _mm_getcsr(); }
inline void set_float_mode(std::uint64_t mode) { _mm_setcsr(static_cast<unsigned>(mode)); }
inline constexpr std::uint64_t denormals_to_zero = 0x8000 | 0x0040;  // FTZ: results, DAZ: operands
#elif defined(__aarch64__)
inline std::uint64_t float_mode() {
  std::uint64_t mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
inline void set_float_mode(std::uint64_t mode) { asm volatile("msr fpcr, %0" : : "r"(mode)); }
inline constexpr std::uint64_t denormals_to_zero = 1 << 24;  // FZ: both
#else
inline std::uint64_t float_mode() { return 0; }
inline void set_float_mode(std::uint64_t) {}
inline constexpr std::uint64_t denormals_to_zero = 0;
#endif

}  // namespace detail

/// While it lives, this thread treats numbers too small for a normal float as zero. Otherwise gradients that vanish
/// through time would become denormals, on which arithmetic is about twenty times slower. The destructor restores the
/// previous mode. Does nothing on processors other than x86 and 64-bit ARM.
class FlushDenormals {
 public:
  FlushDenormals() : previous_(detail::float_mode()) { detail::set_float_mode(previous_ | detail::denormals_to_zero); }
  ~FlushDenormals() { detail::set_float_mode(previous_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  std::uint64_t previous_;
};

/// While it lives, this thread computes with denormals, as the standard says, even inside the scope of a
/// FlushDenormals: for code that must see them.
class KeepDenormals {
 public:
  KeepDenormals() : previous_(detail::float_mode()) { detail::set_float_mode(previous_ & ~detail::denormals_to_zero); }
  ~KeepDenormals() { detail::set_float_mode(previous_); }
  KeepDenormals(const KeepDenormals&) = delete;
  KeepDenormals& operator=(const KeepDenormals&) = delete;

 private:
  std::uint64_t previous_;
};

}  // namespace unroll::inline v0
