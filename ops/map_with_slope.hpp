#pragma once

#include <unroll/ops/map.hpp>
#include <unroll/ops/picked_rows.hpp>
#include <unroll/ops/row_kernels.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace unroll::inline v0 {

/// map of one input, with a function whose slope is known from its result: `slope(y)` gives dy/dx of y = function(x).
/// The way back then reads the result and computes the function no second time.
///
///     const auto y = map_with_slope(
///         "reciprocal", [](auto a) { return 1 / a; }, [](auto b) { return 0 - b * b; }, x);
///
/// Both lambdas may call and capture what one given to map may, and `function` must be one that map takes: where the
/// rows of x are picked from a table, it is map that goes back. Nothing checks that the slope is the function's but the
/// gradient check. A slope that the result hardly tells is inexact: 1 - y² is, where y is nearly 1. Throws what map
/// throws.
template <class Function, class Slope, class Scalar>
Variable<Scalar> map_with_slope(OperationName operation, const Function& function, const Slope& slope,
                                Variable<Scalar> x) {
  static_assert(std::is_trivially_copyable_v<Slope>,
                "map_with_slope: the lambda is kept on the tape, so it may capture numbers only, and by value");
  if (detail::picked_rows(x) != nullptr) return map(operation, function, x);
  const CalledFrom caller(x.tape(), operation.where);
  const Variable<Scalar> y = detail::record_values(operation.text, function, std::array{x})[0];
  y.on_backward([x, y, slope] {
    const auto gradient = x.gradient_rows();
    const Scalar *const values = y.value().data(), *const arrived = y.upstream();
    const std::size_t size = x.shape().size(), width = gradient.stride == x.shape().back() ? size : x.shape().back();
    for (std::size_t first = 0, row = 0; first < size; first += width, ++row)
      detail::transform_row(
          width, [slope](auto value, auto dy) { return dy * slope(value); },
          {.data = gradient.row(row), .fresh = gradient.fresh}, values + first, arrived + first);
  });
  return y;
}

}  // namespace unroll::inline v0
