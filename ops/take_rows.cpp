#include <unroll/framework/error.hpp>
#include <unroll/ops/indices.hpp>
#include <unroll/ops/picked_rows.hpp>
#include <unroll/ops/shaping.hpp>
#include <unroll/ops/take_rows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace unroll::inline v0 {

namespace {

constexpr int none = -1;

/// Where rows come from, which has been checked.
struct Places {
  std::span<const int> rows;  // in the tape's memory
  bool neighbours = true;     // each is the one before, and 1
  bool all = true;            // none is `none`
  bool each_once = false;     // every row of x is taken once
};

Shape shape_of_taken(const Shape& from, const Shape& places) {
  Shape shape = places;
  for (std::size_t axis = 1; axis < from.rank(); ++axis) shape = shape.inserted(shape.rank(), from[axis]);
  return shape;
}

template <class Scalar>
Places checked(Tape<Scalar>& tape, std::size_t rows, TensorView<const int> given) {
  const auto kept = tape.template scratch<int>(given.size());
  // With fewer places than rows not each can be taken.
  const auto seen = tape.template scratch<bool>(rows <= given.size() ? rows : 0);
  std::fill(seen.begin(), seen.end(), false);
  Places places{kept};
  std::size_t different = 0, taken = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    kept[i] = given[i];
    places.neighbours &=
        static_cast<std::size_t>(given[i]) == static_cast<std::size_t>(given[0]) + i && given[0] != none;
    places.all &= given[i] != none;
    if (given[i] == none) continue;
    if (!detail::is_index(given[i], rows))
      detail::index_outside("take_rows", "place", given[i], given.shape(), i, rows, "R", "-1 stands for zeros");
    if (!seen.empty()) different += !std::exchange(seen[static_cast<std::size_t>(given[i])], true);
    ++taken;
  }
  places.each_once = different == rows && taken == rows;
  return places;
}

template <class Scalar>
void copy_rows(const Places& places, std::size_t width, const Scalar* from, Scalar* to) {
  for (const int row : places.rows) {
    if (row == none)
      std::fill_n(to, width, Scalar{0});
    else
      std::copy_n(from + static_cast<std::size_t>(row) * width, width, to);
    to += width;
  }
}

template <class Scalar>
void return_rows(const Places& places, std::size_t width, const Scalar* arrived, const GradientSink<Scalar>& to) {
  for (const int row : places.rows) {
    if (row != none) detail::deposit(arrived, width, {to.data + static_cast<std::size_t>(row) * width, to.fresh});
    arrived += width;
  }
}

}  // namespace

template <class Scalar>
Variable<Scalar> take_rows(Variable<Scalar> x, TensorView<const int> given, Where where) {
  const CalledFrom caller(x.tape(), where);
  const Shape from = x.shape();
  if (from.rank() == 0) throw ShapeError(fmt::format("take_rows: {} has no axis, expected [R, ...]", to_string(from)));
  Tape<Scalar>& tape = x.tape();
  const Places places = checked(tape, from[0], given);
  const Shape shape = shape_of_taken(from, given.shape());
  const std::size_t width = from.after(0);
  if (places.neighbours && !places.rows.empty())
    return reshape(slice(x, 0, static_cast<std::size_t>(places.rows[0]), places.rows.size()), shape);
  if (const auto* const picked = places.all && from.rank() == 2 ? detail::picked_rows(x) : nullptr) {
    detail::PickedRows<Scalar> rows = *picked;
    const auto tokens = tape.template scratch<int>(places.rows.size());
    std::ranges::transform(places.rows, tokens.begin(),
                           [&](int row) { return picked->tokens[static_cast<std::size_t>(row)]; });
    rows.tokens = tokens;
    return detail::pick("take_rows", rows, shape);
  }
  const auto y = tape.record("take_rows", shape, {x});
  copy_rows(places, width, x.value().data(), y.writable());
  y.on_backward([x, y, places, width] {
    return_rows<Scalar>(places, width, y.upstream(),
                        places.each_once ? x.sink() : GradientSink<Scalar>{.data = x.gradient_sum(), .fresh = false});
  });
  return y;
}

template Variable<float> take_rows(Variable<float>, TensorView<const int>, Where);
template Variable<double> take_rows(Variable<double>, TensorView<const int>, Where);
template Variable<DualNumber> take_rows(Variable<DualNumber>, TensorView<const int>, Where);

}  // namespace unroll::inline v0
