#pragma once

#include <unroll/ops/kernels/row_kernels.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/operands/picked_rows.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace unroll::inline v0 {

/// map of one input by a function whose slope follows from its result: `slope(y)` returns dy/dx of y = function(x).
/// Backward then reads the result and does not compute the function again.
///
///     const auto y = map_with_slope(
///         "reciprocal", [](auto a) { return 1 / a; }, [](auto b) { return 0 - b * b; }, x);
///
/// Both lambdas may call and capture what a lambda of map may. `function` must also run on duals: when the rows of x
/// are picked from a table, the op calls map instead. Only a gradient check finds a slope that is not the function's. A
/// slope may lose digits where the result hardly tells it, as 1 - y² does where y is nearly 1. Throws what map throws.
template <class Function, class Slope, class Scalar>
Variable<Scalar> map_with_slope(OperationName operation, const Function& function, const Slope& slope,
                                Variable<Scalar> x) {
  static_assert(std::is_trivially_copyable_v<Slope>,
                "map_with_slope: the lambda is kept on the tape, so it may capture numbers only, and by value");
  if (detail::picked_rows(x) != nullptr) return map(operation, function, x);
  const CalledFrom caller(x.tape(), operation.site);
  const Variable<Scalar> y = detail::record_values(operation.text, function, std::array{x})[0];
  y.on_backward([x, y, slope] {
    const auto gradient = x.gradient_rows();
    const Scalar *const values = y.value().data(), *const arrived = y.upstream();
    const std::size_t size = x.shape().size(), width = gradient.stride == x.shape().back() ? size : x.shape().back();
    for (std::size_t first = 0, row = 0; first < size; first += width, ++row)
      detail::transform_row(
          width, [slope](auto value, auto dy) { return dy * slope(value); },
          {.data = gradient.row(row), .unwritten = gradient.unwritten}, values + first, arrived + first);
  });
  return y;
}

}  // namespace unroll::inline v0
