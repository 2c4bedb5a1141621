#pragma once

// GCC 12's AVX-512 functions begin with an uninitialized register, and GCC warns of it in every file that inlines them
// (GCC bug 105593). The pragma that is active when GCC reads a line rules its warnings: this header therefore includes
// the functions before xsimd does.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

// The only header that includes xsimd, but for the one that it is completed by. The library's sources are compiled for
// the machine's instructions, a user's sources with the user's flags.
#include <unroll/ops/kernels/fused_multiply_add.hpp>

#include <xsimd/xsimd.hpp>

namespace unroll::inline v0 {

/// The best instructions that a source is compiled for. Sources compiled for different instructions can be linked
/// together, except that all sources which include a lambda of one header must be compiled alike.
#if defined(__AVX512BW__) && !defined(__OPTIMIZE__)
// GCC's -O0 refuses xsimd's avx512bw, which for floating-point numbers is avx512dq.
using Instructions = xsimd::avx512dq;
#else
using Instructions = xsimd::default_arch;
#endif

}  // namespace unroll::inline v0
