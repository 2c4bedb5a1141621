#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/kernels/index_errors.hpp>
#include <unroll/ops/operands/picked_rows.hpp>
#include <unroll/ops/shaping.hpp>
#include <unroll/ops/take_rows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace unroll::inline v0 {

namespace {

constexpr int none = -1;

/// Checked indices of the rows to take.
struct Indices {
  std::span<const int> rows;  // in the tape's memory
  bool neighbors = true;      // each is one more than the index before
  bool all = true;            // no index is `none`
  bool each_once = false;     // every row of x is taken once
};

Shape shape_of_taken(const Shape& from, const Shape& indices) {
  Shape shape = indices;
  for (std::size_t axis = 1; axis < from.rank(); ++axis) shape = shape.inserted(shape.rank(), from[axis]);
  return shape;
}

template <class Scalar>
Indices checked(Tape<Scalar>& tape, std::size_t rows, TensorView<const int> given) {
  const auto kept = tape.template scratch<int>(given.size());
  // Fewer indices than rows cannot take every row.
  const auto seen = tape.template scratch<bool>(rows <= given.size() ? rows : 0);
  std::fill(seen.begin(), seen.end(), false);
  Indices indices{kept};
  std::size_t different = 0, taken = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    kept[i] = given[i];
    indices.neighbors &=
        static_cast<std::size_t>(given[i]) == static_cast<std::size_t>(given[0]) + i && given[0] != none;
    indices.all &= given[i] != none;
    if (given[i] == none) continue;
    if (!detail::is_index(given[i], rows))
      detail::index_outside("take_rows", "index", given[i], given.shape(), i, rows, "R", "-1 stands for zeros");
    if (!seen.empty()) different += !std::exchange(seen[static_cast<std::size_t>(given[i])], true);
    ++taken;
  }
  indices.each_once = different == rows && taken == rows;
  return indices;
}

template <class Scalar>
void copy_rows(const Indices& indices, std::size_t width, const Scalar* from, Scalar* to) {
  for (const int row : indices.rows) {
    if (row == none)
      std::fill_n(to, width, Scalar{0});
    else
      std::copy_n(from + static_cast<std::size_t>(row) * width, width, to);
    to += width;
  }
}

template <class Scalar>
void add_taken_rows(const Indices& indices, std::size_t width, const Scalar* arrived, const GradientSink<Scalar>& to) {
  for (const int row : indices.rows) {
    if (row != none)
      GradientSink<Scalar>{to.data + static_cast<std::size_t>(row) * width, to.unwritten}.add(arrived, width);
    arrived += width;
  }
}

}  // namespace

template <class Scalar>
Variable<Scalar> take_rows(Variable<Scalar> x, TensorView<const int> given, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Shape from = x.shape();
  if (from.rank() == 0) throw ShapeError(fmt::format("take_rows: {} has no axis, expected [R, ...]", to_string(from)));
  Tape<Scalar>& tape = x.tape();
  const Indices indices = checked(tape, from[0], given);
  const Shape shape = shape_of_taken(from, given.shape());
  const std::size_t width = from.after(0);
  if (indices.neighbors && !indices.rows.empty())
    return reshape(slice(x, 0, static_cast<std::size_t>(indices.rows[0]), indices.rows.size()), shape);
  if (const auto* const picked = indices.all && from.rank() == 2 ? detail::picked_rows(x) : nullptr) {
    detail::PickedRows<Scalar> rows = *picked;
    const auto tokens = tape.template scratch<int>(indices.rows.size());
    std::ranges::transform(indices.rows, tokens.begin(),
                           [&](int row) { return picked->tokens[static_cast<std::size_t>(row)]; });
    rows.tokens = tokens;
    return detail::pick("take_rows", rows, shape);
  }
  const auto y = tape.record("take_rows", shape, {x});
  copy_rows(indices, width, x.value().data(), y.writable());
  y.on_backward([x, y, indices, width] {
    add_taken_rows<Scalar>(
        indices, width, y.upstream(),
        indices.each_once ? x.gradient_sink() : GradientSink<Scalar>{.data = x.mutable_gradient(), .unwritten = false});
  });
  return y;
}

template Variable<float> take_rows(Variable<float>, TensorView<const int>, CallSite);
template Variable<double> take_rows(Variable<double>, TensorView<const int>, CallSite);
template Variable<DualNumber> take_rows(Variable<DualNumber>, TensorView<const int>, CallSite);

}  // namespace unroll::inline v0
