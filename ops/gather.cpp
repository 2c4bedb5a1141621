#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/ops/gather.hpp>
#include <unroll/ops/indices.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

namespace {

void expect_same_rows(const Shape& x, const Shape& places) {
  const bool fits = x.rank() > 0 && x.rank() == places.rank() && x.with(x.rank() - 1, places.back()) == places;
  if (!fits)
    throw ShapeError(
        fmt::format("gather: places of shape {} given for x of shape {}, expected the same axes but for the last",
                    to_string(places), to_string(x)));
}

}  // namespace

template <class Scalar>
Variable<Scalar> gather(Variable<Scalar> x, TensorView<const int> given, Where where) {
  const CalledFrom caller(x.tape(), where);
  expect_same_rows(x.shape(), given.shape());
  const std::size_t width = x.shape().back(), taken = given.shape().back();
  const auto places = x.tape().template scratch<int>(given.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!detail::is_index(given[i], width))
      detail::index_outside("gather", "place", given[i], given.shape(), i, width, "V", "places count from 0");
    places[i] = given[i];
  }
  const auto y = x.tape().record("gather", given.shape(), {x});
  const auto position = [=](std::size_t i) { return i / taken * width + static_cast<std::size_t>(places[i]); };
  const Scalar* const from = x.value().data();
  Scalar* const to = y.writable();
  for (std::size_t i = 0; i < places.size(); ++i) to[i] = from[position(i)];

  y.on_backward([x, y, position, count = places.size()] {
    const Scalar* const arrived = y.upstream();
    Scalar* const gradient = x.gradient_sum();
    for (std::size_t i = 0; i < count; ++i) gradient[position(i)] += arrived[i];
  });
  return y;
}

template Variable<float> gather(Variable<float>, TensorView<const int>, Where);
template Variable<double> gather(Variable<double>, TensorView<const int>, Where);
template Variable<DualNumber> gather(Variable<DualNumber>, TensorView<const int>, Where);

}  // namespace unroll::inline v0
