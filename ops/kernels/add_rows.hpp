#pragma once

#include <unroll/framework/tape/variable.hpp>

#include <cstddef>
#include <type_traits>

/// Adding rows of numbers to a gradient. For the sources of ops.
namespace unroll::inline v0::detail {

/// Adds `rows` pieces of `length` numbers each. Piece i begins at i times the stride.
template <class Scalar>
void add_rows(std::size_t rows, std::size_t length, const Scalar* from, std::size_t from_stride,
              const GradientSink<std::type_identity_t<Scalar>>& to, std::size_t to_stride) {
  for (std::size_t row = 0; row < rows; ++row)
    GradientSink<Scalar>{to.data + row * to_stride, to.unwritten}.add(from + row * from_stride, length);
}

}  // namespace unroll::inline v0::detail
