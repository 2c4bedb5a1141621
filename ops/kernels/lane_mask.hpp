#pragma once

#include <unroll/framework/tensor/dual_number.hpp>
#include <unroll/ops/kernels/instructions.hpp>

#include <concepts>

namespace unroll::inline v0 {

template <class Scalar, class Arch>
struct Lanes;

namespace detail {

/// The type that holds the results of comparing a register's numbers.
template <class Scalar, class Arch>
struct MaskBits {
  using Type = typename xsimd::batch<Scalar, Arch>::batch_bool_type;
};
template <class Arch>
struct MaskBits<DualNumber, Arch> {
  using Type = bool;
};

template <class...>
inline constexpr bool never = false;

}  // namespace detail

/// For which lanes of a register a comparison holds: some, all or none, so that it is neither true nor false. A lambda
/// given to `map` chooses with where(condition, yes, no), and joins conditions with &, | and ! (give a negation a name
/// before joining it: GCC warns of !a & b for any type of a). An expression that needs one bool (?:, if, while, && and
/// ||) does not compile: it would take one branch for a whole register.
template <class Scalar, class Arch>
struct LaneMask {
  using Bits = typename detail::MaskBits<Scalar, Arch>::Type;
  Bits bits;

  friend LaneMask operator&(LaneMask a, LaneMask b) { return {static_cast<Bits>(a.bits & b.bits)}; }
  friend LaneMask operator|(LaneMask a, LaneMask b) { return {static_cast<Bits>(a.bits | b.bits)}; }
  friend LaneMask operator!(LaneMask a) { return {!a.bits}; }

  /// Per lane, `yes` where the condition holds.
  friend Lanes<Scalar, Arch> where(LaneMask condition, Lanes<Scalar, Arch> yes, Lanes<Scalar, Arch> no) {
    return Lanes<Scalar, Arch>::choose(condition.bits, yes, no);
  }

  // These are templates so that the compiler's error gives the caller a reason; a deleted function gives none.
  template <std::same_as<bool> Bool>
  explicit operator Bool() const {
    static_assert(detail::never<Bool>,
                  "a comparison in a lambda given to map holds for some numbers of a register and not for others: "
                  "choose with where(condition, yes, no) in place of ?:, if and while");
    return false;
  }
  template <class Other>
  friend LaneMask operator&&(const LaneMask& a, const Other&) {
    static_assert(detail::never<Other>,
                  "conditions in a lambda given to map are joined number by number: write a & b in place of a && b, "
                  "and choose with where(condition, yes, no)");
    return a;
  }
  template <class Other>
  friend LaneMask operator||(const LaneMask& a, const Other&) {
    static_assert(detail::never<Other>,
                  "conditions in a lambda given to map are joined number by number: write a | b in place of a || b, "
                  "and choose with where(condition, yes, no)");
    return a;
  }
};

}  // namespace unroll::inline v0
