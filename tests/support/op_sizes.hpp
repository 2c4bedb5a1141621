#pragma once

#include "support/sizes.hpp"
#include <unroll/ops.hpp>

/// Ops with a size that was computed wrong (tests/ops/*_sizes_test.cpp): as a parameter (an axis, an index, a count, a
/// length) and as an extent of an operand. Each op of ops.hpp is in one of the lists, and so are the functions of
/// product.hpp. An operand of any extent takes no memory, since another of its extents is 0: an op must then not loop
/// over the one extent alone. The tests sweep each result too. Left out are the headers for the sources of ops
/// (row_kernels.hpp, product_kernel.hpp and others), whose callers check sizes.
namespace unroll::testing {

using Size = std::size_t;

inline Shape shape(auto... extents) { return Shape{static_cast<Size>(extents)...}; }

/// An input of zeros.
inline Variable<> make(Tape<>& tape, auto... extents) { return tape.input(Tensor<>(shape(extents...))); }

/// A use of an op whose result, and its gradient, must have the shape that `shape_of` returns.
inline SizeUse op(std::string name, std::string expected, std::function<Shape(Size)> shape_of,
                  std::function<Variable<>(Tape<>&, Size)> of) {
  return {std::move(name), std::move(expected), [=](Size n) {
            Tape<> tape;
            const Variable<> y = of(tape, n);
            if (y.shape() != shape_of(n) || y.value().size() != shape_of(n).size()) return false;
            if (y.needs_gradient()) tape.backward(sum(y));
            return true;
          }};
}

/// Shapes of results.
inline auto always(auto... extents) {
  return [=](Size) { return shape(extents...); };
}
inline Shape line(Size n) { return {n}; }
inline Shape beside_0(Size n) { return {n, 0}; }
inline Shape before_0(Size n) { return {0, n}; }

inline std::ptrdiff_t as_axis(Size n) { return static_cast<std::ptrdiff_t>(n); }

}  // namespace unroll::testing
