#pragma once

#include <string_view>

namespace unroll::inline v0 {

/// The instructions that the library in use was compiled for, in xsimd's words: "sse2", "fma3+avx2", "avx512bw",
/// "arm64+neon". The caller's own code may be compiled for others.
std::string_view instruction_set();

}  // namespace unroll::inline v0
