#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/nested_piece.hpp>
#include <unroll/ops/operands/picked_rows.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

template <class Scalar>
Variable<Scalar> nested_piece(Tape<Scalar>& nested, Variable<Scalar> sequence, std::size_t first, std::size_t count,
                              CallSite site) {
  const CalledFrom caller(nested, site);
  const Shape shape = sequence.shape();
  if (shape.rank() == 0 || count > shape[0] || first > shape[0] - count)
    throw ShapeError(
        fmt::format("nested_piece: steps {} to {} asked of a sequence of shape {} (steps are counted from 0)", first,
                    first + count, to_string(shape)));
  const Shape piece = shape.with(0, count);
  const std::size_t step = shape.after(0);
  const auto* const picked = detail::picked_rows(sequence);
  if (picked == nullptr) return nested.outer_leaf(sequence, first * step, piece);
  const std::size_t step_rows = step / std::max<std::size_t>(shape.back(), 1);
  detail::PickedRows<Scalar> rows = *picked;
  rows.table = nested.outer_leaf(picked->table, 0, picked->table.shape());
  rows.tokens = rows.tokens.subspan(first * step_rows, count * step_rows);
  return detail::pick("nested_piece", rows, piece);
}

#define UNROLL_INSTANTIATE(Scalar) \
  template Variable<Scalar> nested_piece(Tape<Scalar>&, Variable<Scalar>, std::size_t, std::size_t, CallSite);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
