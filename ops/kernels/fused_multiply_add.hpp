#pragma once

#include <xsimd/xsimd.hpp>

#include <type_traits>

// xsimd 8 writes the fused multiply-adds of AVX-512 as a product and a sum, and leaves it to the compiler to fuse them.
// A compiler fuses them in one copy of a loop and not in another, so that whole registers and a tail would differ in
// their last bits. unroll's sources are compiled without such fusing (-ffp-contract=off), and these overloads say what
// xsimd means. xsimd's polynomials find them by argument-dependent lookup, as more special than its own.
#if defined(__AVX512F__)
namespace xsimd {

template <class Arch>
concept FusesInAvx512 = std::is_base_of_v<avx512f, Arch>;

/// x y + z, rounded once.
template <FusesInAvx512 Arch>
batch<float, Arch> fma(const batch<float, Arch>& x, const batch<float, Arch>& y, const batch<float, Arch>& z) noexcept {
  return _mm512_fmadd_ps(x, y, z);
}
template <FusesInAvx512 Arch>
batch<double, Arch> fma(const batch<double, Arch>& x, const batch<double, Arch>& y,
                        const batch<double, Arch>& z) noexcept {
  return _mm512_fmadd_pd(x, y, z);
}

/// x y - z, rounded once.
template <FusesInAvx512 Arch>
batch<float, Arch> fms(const batch<float, Arch>& x, const batch<float, Arch>& y, const batch<float, Arch>& z) noexcept {
  return _mm512_fmsub_ps(x, y, z);
}
template <FusesInAvx512 Arch>
batch<double, Arch> fms(const batch<double, Arch>& x, const batch<double, Arch>& y,
                        const batch<double, Arch>& z) noexcept {
  return _mm512_fmsub_pd(x, y, z);
}

/// z - x y, rounded once.
template <FusesInAvx512 Arch>
batch<float, Arch> fnma(const batch<float, Arch>& x, const batch<float, Arch>& y,
                        const batch<float, Arch>& z) noexcept {
  return _mm512_fnmadd_ps(x, y, z);
}
template <FusesInAvx512 Arch>
batch<double, Arch> fnma(const batch<double, Arch>& x, const batch<double, Arch>& y,
                         const batch<double, Arch>& z) noexcept {
  return _mm512_fnmadd_pd(x, y, z);
}

}  // namespace xsimd
#endif
