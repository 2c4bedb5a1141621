#pragma once

#include <unroll/framework/variable.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

/// How numbers are put where other numbers may have arrived before. For the sources of ops.
namespace unroll::inline v0::detail {

/// to[i] = from[i], or to[i] += from[i] when something has arrived there before.
template <class Scalar>
void deposit(const Scalar* from, std::size_t count, const GradientSink<std::type_identity_t<Scalar>>& to) {
  if (to.fresh)
    std::copy_n(from, count, to.data);
  else
    for (std::size_t i = 0; i < count; ++i) to.data[i] += from[i];
}

/// Deposits `rows` pieces of `length` numbers; they begin at every multiple of the strides.
template <class Scalar>
void deposit_rows(std::size_t rows, std::size_t length, const Scalar* from, std::size_t from_stride,
                  const GradientSink<std::type_identity_t<Scalar>>& to, std::size_t to_stride) {
  for (std::size_t row = 0; row < rows; ++row)
    deposit(from + row * from_stride, length, {to.data + row * to_stride, to.fresh});
}

}  // namespace unroll::inline v0::detail
