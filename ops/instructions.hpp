#pragma once

#include <string_view>

// GCC 12's AVX-512 functions begin with a register of anything, and warn of it in whoever's file they are inlined into
// (GCC bug 105593). A warning is ruled by the pragma where its line was read: so they are read here, before xsimd does.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

// One header for all of xsimd; our own sources are compiled for the machine's instructions, a user's as he says.
#include <xsimd/xsimd.hpp>

namespace unroll::inline v0 {

/// The best instructions that a source is compiled for. Sources that are compiled for different ones can be linked
/// together, but for lambdas in headers, which all that include them must compile alike.
#if defined(__AVX512BW__) && !defined(__OPTIMIZE__)
// GCC's -O0 refuses xsimd's avx512bw, which for floating-point numbers is avx512dq.
using Instructions = xsimd::avx512dq;
#else
using Instructions = xsimd::default_arch;
#endif

/// The instructions that the library in use was compiled for, in xsimd's words: "sse2", "fma3+avx2", "avx512bw",
/// "arm64+neon". A caller's own code, which is compiled as the caller says, may use others.
std::string_view instruction_set();

}  // namespace unroll::inline v0
