#pragma once

#include <unroll/framework/tensor/dual_number.hpp>
#include <unroll/ops/kernels/instructions.hpp>
#include <unroll/ops/kernels/lane_mask.hpp>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>

/// The scalars that a lambda given to `map` works on. The same functions exist for plain numbers, for Lanes (as many
/// numbers as a register holds) and for Dual (a value and its derivatives; dual.hpp), so that one lambda serves all.
namespace unroll::inline v0 {

/// As many numbers as one register holds. The instruction set is part of the type: code compiled for different ones
/// can be linked together.
template <class Scalar, class Arch = Instructions>
struct Lanes {
  using Batch = xsimd::batch<Scalar, Arch>;
  using Condition = LaneMask<Scalar, Arch>;
  static constexpr std::size_t count = Batch::size;
  Batch batch;

  Lanes() = default;
  Lanes(Batch numbers) : batch(numbers) {}
  template <class Number>
  requires std::is_arithmetic_v<Number> Lanes(Number number) : batch(static_cast<Scalar>(number)) {}

  static Lanes load(const Scalar* from) { return Batch::load_unaligned(from); }
  void store(Scalar* to) const { batch.store_unaligned(to); }

  friend Lanes operator+(Lanes a, Lanes b) { return a.batch + b.batch; }
  friend Lanes operator-(Lanes a, Lanes b) { return a.batch - b.batch; }
  friend Lanes operator*(Lanes a, Lanes b) { return a.batch * b.batch; }
  friend Lanes operator/(Lanes a, Lanes b) { return a.batch / b.batch; }
  friend Lanes operator-(Lanes a) { return -a.batch; }
  friend Lanes& operator+=(Lanes& a, Lanes b) { return a = a + b; }
  friend Lanes& operator-=(Lanes& a, Lanes b) { return a = a - b; }
  friend Lanes& operator*=(Lanes& a, Lanes b) { return a = a * b; }

  friend Condition operator<(Lanes a, Lanes b) { return {a.batch < b.batch}; }
  friend Condition operator>(Lanes a, Lanes b) { return {a.batch > b.batch}; }
  friend Condition operator<=(Lanes a, Lanes b) { return {a.batch <= b.batch}; }
  friend Condition operator>=(Lanes a, Lanes b) { return {a.batch >= b.batch}; }
  friend Condition operator==(Lanes a, Lanes b) { return {a.batch == b.batch}; }
  friend Condition operator!=(Lanes a, Lanes b) { return {!(a.batch == b.batch)}; }  // xsimd 8: false for NaN

  friend Lanes exp(Lanes x) { return xsimd::exp(x.batch); }
  friend Lanes log(Lanes x) { return xsimd::log(x.batch); }
  friend Lanes log1p(Lanes x) { return xsimd::log1p(x.batch); }
  friend Lanes expm1(Lanes x) { return xsimd::expm1(x.batch); }
  friend Lanes sqrt(Lanes x) {
    const Batch root = xsimd::sqrt(x.batch);
    if constexpr (std::is_base_of_v<xsimd::neon, Arch>) {  // xsimd estimates there, and gives NaN for infinity
      const Batch infinity(std::numeric_limits<Scalar>::infinity());
      return xsimd::select(x.batch == infinity, infinity, root);
    } else {
      return root;
    }
  }
  friend Lanes abs(Lanes x) { return xsimd::abs(x.batch); }
  friend Lanes tanh(Lanes x) { return xsimd::tanh(x.batch); }
  friend Lanes erf(Lanes x) { return xsimd::erf(x.batch); }
  friend Lanes sin(Lanes x) { return xsimd::sin(x.batch); }
  friend Lanes cos(Lanes x) { return xsimd::cos(x.batch); }
  /// As std::pow, but for the sign of a power of -0, and NaN for a fractional power of -infinity.
  friend Lanes pow(Lanes x, Lanes exponent) {
    // xsimd gives 0 for every power of 0, and NaN for the 0th power of infinity.
    const Batch zero(0), infinity(std::numeric_limits<Scalar>::infinity());
    const Batch of_zero =
        xsimd::select(exponent.batch < zero, infinity, xsimd::select(exponent.batch > zero, zero, exponent.batch));
    const Batch power = xsimd::select(x.batch == zero, of_zero, xsimd::pow(x.batch, exponent.batch));
    return xsimd::select(exponent.batch == zero, Batch(1), power);
  }
  /// For where(condition, yes, no).
  static Lanes choose(typename Condition::Bits condition, Lanes yes, Lanes no) {
    return xsimd::select(condition, yes.batch, no.batch);
  }
};

/// Lanes of one dual number: second derivatives serve tests, and need not be fast.
template <class Arch>
struct Lanes<DualNumber, Arch> {
  using Condition = LaneMask<DualNumber, Arch>;
  static constexpr std::size_t count = 1;
  DualNumber number;

  Lanes() = default;
  Lanes(DualNumber one) : number(one) {}
  template <class Number>
  requires std::is_arithmetic_v<Number> Lanes(Number constant) : number(constant) {}

  static Lanes load(const DualNumber* from) { return *from; }
  void store(DualNumber* to) const { *to = number; }

  friend Lanes operator+(Lanes a, Lanes b) { return a.number + b.number; }
  friend Lanes operator-(Lanes a, Lanes b) { return a.number - b.number; }
  friend Lanes operator*(Lanes a, Lanes b) { return a.number * b.number; }
  friend Lanes operator/(Lanes a, Lanes b) { return a.number / b.number; }
  friend Lanes operator-(Lanes a) { return -a.number; }
  friend Lanes& operator+=(Lanes& a, Lanes b) { return a = a + b; }
  friend Lanes& operator-=(Lanes& a, Lanes b) { return a = a - b; }
  friend Lanes& operator*=(Lanes& a, Lanes b) { return a = a * b; }

  friend Condition operator<(Lanes a, Lanes b) { return {a.number < b.number}; }
  friend Condition operator>(Lanes a, Lanes b) { return {a.number > b.number}; }
  friend Condition operator<=(Lanes a, Lanes b) { return {a.number <= b.number}; }
  friend Condition operator>=(Lanes a, Lanes b) { return {a.number >= b.number}; }
  friend Condition operator==(Lanes a, Lanes b) { return {a.number == b.number}; }
  friend Condition operator!=(Lanes a, Lanes b) { return {!(a.number == b.number)}; }

  friend Lanes exp(Lanes x) { return exp(x.number); }
  friend Lanes log(Lanes x) { return log(x.number); }
  friend Lanes log1p(Lanes x) { return log1p(x.number); }
  friend Lanes expm1(Lanes x) { return expm1(x.number); }
  friend Lanes sqrt(Lanes x) { return sqrt(x.number); }
  friend Lanes abs(Lanes x) { return abs(x.number); }
  friend Lanes tanh(Lanes x) { return tanh(x.number); }
  friend Lanes erf(Lanes x) { return erf(x.number); }
  friend Lanes sin(Lanes x) { return sin(x.number); }
  friend Lanes cos(Lanes x) { return cos(x.number); }
  friend Lanes pow(Lanes x, Lanes exponent) { return pow(x.number, exponent.number); }
  static Lanes choose(bool condition, Lanes yes, Lanes no) { return condition ? yes : no; }
};

template <std::floating_point Number>
Number where(bool condition, Number yes, std::type_identity_t<Number> no) {
  return condition ? yes : no;
}

/// 1 / (1 + e^-x)
template <std::floating_point Number>
Number sigmoid(Number x) {
  return 1 / (1 + std::exp(-x));
}
template <class Scalar, class Arch>
Lanes<Scalar, Arch> sigmoid(Lanes<Scalar, Arch> x) {
  return 1 / (1 + exp(-x));
}

}  // namespace unroll::inline v0
