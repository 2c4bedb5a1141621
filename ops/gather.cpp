#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/gather.hpp>
#include <unroll/ops/kernels/index_errors.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

namespace {

void expect_same_rows(const Shape& x, const Shape& indices) {
  const bool fits = x.rank() > 0 && x.rank() == indices.rank() && x.with(x.rank() - 1, indices.back()) == indices;
  if (!fits)
    throw ShapeError(
        fmt::format("gather: indices of shape {} given for x of shape {}, expected the same axes but for the last",
                    to_string(indices), to_string(x)));
}

}  // namespace

template <class Scalar>
Variable<Scalar> gather(Variable<Scalar> x, TensorView<const int> given, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  expect_same_rows(x.shape(), given.shape());
  const std::size_t width = x.shape().back(), taken = given.shape().back();
  const auto indices = x.tape().template scratch<int>(given.size());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (!detail::is_index(given[i], width))
      detail::index_outside("gather", "index", given[i], given.shape(), i, width, "V", "indices count from 0");
    indices[i] = given[i];
  }
  const auto y = x.tape().record("gather", given.shape(), {x});
  const auto position = [=](std::size_t i) { return i / taken * width + static_cast<std::size_t>(indices[i]); };
  const Scalar* const from = x.value().data();
  Scalar* const to = y.writable();
  for (std::size_t i = 0; i < indices.size(); ++i) to[i] = from[position(i)];

  y.on_backward([x, y, position, count = indices.size()] {
    const Scalar* const arrived = y.upstream();
    Scalar* const gradient = x.mutable_gradient();
    for (std::size_t i = 0; i < count; ++i) gradient[position(i)] += arrived[i];
  });
  return y;
}

template Variable<float> gather(Variable<float>, TensorView<const int>, CallSite);
template Variable<double> gather(Variable<double>, TensorView<const int>, CallSite);
template Variable<DualNumber> gather(Variable<DualNumber>, TensorView<const int>, CallSite);

}  // namespace unroll::inline v0
