#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace unroll::inline v0 {

/// While it lives, this thread treats numbers too small for a normal float as zero. Gradients that vanish through
/// time would otherwise become denormals, on which arithmetic is about twenty times slower. The previous mode returns
/// at the end of the scope. Does nothing where the processor has no such mode in its baseline.
class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : previous_(_mm_getcsr()) { _mm_setcsr(previous_ | flush_results | read_as_zero); }
  ~FlushDenormals() { _mm_setcsr(previous_); }
#else
  FlushDenormals() = default;
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

#if defined(__SSE2__)
 private:
  static constexpr unsigned flush_results = 0x8000;  // FTZ
  static constexpr unsigned read_as_zero = 0x0040;   // DAZ
  unsigned previous_;
#endif
};

}  // namespace unroll::inline v0
