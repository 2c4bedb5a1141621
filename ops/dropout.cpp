#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/ops/decisions.hpp>
#include <unroll/ops/dropout.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace unroll::inline v0 {

namespace {

/// Which elements stay, and what they are multiplied with.
template <class Scalar>
struct Mask {
  Random random;
  std::size_t start;        // position of the bits of the first element
  std::uint32_t threshold;  // an element is dropped when its 32 bits are below
  Scalar scale;

  Mask(double rate, const Random& bits, std::size_t first)
      : random(bits), start(first), threshold(detail::threshold_of(rate)), scale(static_cast<Scalar>(1 / (1 - rate))) {}

  /// to[i] (+)= from[i] * scale where element i stays, 0 elsewhere: chosen, not multiplied, so that what is dropped is
  /// 0 even when it is infinite.
  void apply(std::size_t count, const Scalar* from, const GradientSink<Scalar>& to, std::size_t offset = 0) const {
    const auto scaled = [from, factor = scale](std::size_t i, bool dropped) {
      return dropped ? Scalar{0} : from[i] * factor;
    };
    if (to.fresh)
      detail::for_each_decision(
          random, start + offset, threshold, count,
          [scaled, data = to.data](std::size_t i, bool dropped) { data[i] = scaled(i, dropped); });
    else
      detail::for_each_decision(
          random, start + offset, threshold, count,
          [scaled, data = to.data](std::size_t i, bool dropped) { data[i] += scaled(i, dropped); });
  }
};

void expect_rate(const char* operation, double rate) {
  if (!(rate >= 0 && rate < 1))
    throw ArgumentError(
        fmt::format("{}: rate {} given, expected 0 <= rate < 1 (it is the share that is dropped; at 1 nothing is "
                    "left, and what is left would be divided by 0)",
                    operation, rate));
}

void expect_places(std::span<const int> places, const Shape& rows) {
  if (places.size() != rows[0])
    throw ShapeError(fmt::format("dropout_rows: {} places given for the rows of {}, expected one each", places.size(),
                                 describe(rows, "PD")));
  const auto below = std::find_if(places.begin(), places.end(), [](int place) { return place < 0; });
  if (below != places.end())
    throw ArgumentError(
        fmt::format("dropout_rows: place {} of row {} given, expected that of a row of a whole tensor, "
                    "0 or more (is it a padded step?)",
                    *below, below - places.begin()));
}

/// Every step's numbers times `factors`; what is dropped is 0 even when it is infinite.
template <class Scalar>
void scale_steps(std::span<const Scalar> factors, std::size_t steps, const Scalar* from, GradientSink<Scalar> to) {
  if (factors.empty()) return;  // however many steps of nothing
  for (std::size_t t = 0; t < steps; ++t, from += factors.size(), to.data += factors.size())
    for (std::size_t i = 0; i < factors.size(); ++i) {
      const Scalar result = factors[i] == 0 ? Scalar{0} : from[i] * factors[i];
      to.data[i] = to.fresh ? result : to.data[i] + result;
    }
}

}  // namespace

template <class Scalar>
Variable<Scalar> dropout(Variable<Scalar> x, double rate, const Random& random, std::size_t first, Where where) {
  const CalledFrom caller(x.tape(), where);
  expect_rate("dropout", rate);
  if (rate == 0) return x;
  const Mask<Scalar> mask(rate, random, first);
  const auto y = x.tape().record("dropout", x.shape(), {x});
  mask.apply(x.shape().size(), x.value().data(), {.data = y.writable(), .fresh = true});
  y.on_backward([x, y, mask] { mask.apply(x.shape().size(), y.upstream(), x.sink()); });
  return y;
}

template <class Scalar>
Variable<Scalar> sequence_dropout(Variable<Scalar> x, double rate, const Random& random, Where where) {
  const CalledFrom caller(x.tape(), where);
  expect_rate("sequence_dropout", rate);
  const Shape shape = x.shape();
  if (shape.rank() < 2)
    throw ShapeError(fmt::format("sequence_dropout: x {} given, expected a sequence [T, ...]", describe(shape, "T")));
  if (rate == 0) return x;
  const std::size_t steps = shape[0];
  const auto factors = x.tape().template scratch<Scalar>(shape.after(0));
  std::fill(factors.begin(), factors.end(), Scalar{1});
  Mask<Scalar>(rate, random, 0).apply(factors.size(), factors.data(), {.data = factors.data(), .fresh = true});
  const auto y = x.tape().record("sequence_dropout", shape, {x});
  scale_steps<Scalar>(factors, steps, x.value().data(), {.data = y.writable(), .fresh = true});
  y.on_backward([=] { scale_steps<Scalar>(factors, steps, y.upstream(), x.sink()); });
  return y;
}

template <class Scalar>
Variable<Scalar> dropout_rows(Variable<Scalar> x, double rate, const Random& random, std::size_t first,
                              std::span<const int> places, Where where) {
  const CalledFrom caller(x.tape(), where);
  expect_rate("dropout_rows", rate);
  expect_axes("dropout_rows", "the rows", x.shape(), "PD");
  expect_places(places, x.shape());
  if (rate == 0) return x;
  const Mask<Scalar> mask(rate, random, first);
  const auto kept = x.tape().template scratch<int>(places.size());
  std::copy(places.begin(), places.end(), kept.begin());
  const auto apply = [mask, kept, width = x.shape()[1]](const Scalar* from, const GradientSink<Scalar>& to) {
    for (std::size_t i = 0; i < kept.size(); ++i)
      mask.apply(width, from + i * width, {to.data + i * width, to.fresh}, static_cast<std::size_t>(kept[i]) * width);
  };
  const auto y = x.tape().record("dropout_rows", x.shape(), {x});
  apply(x.value().data(), {.data = y.writable(), .fresh = true});
  y.on_backward([x, y, apply] { apply(y.upstream(), x.sink()); });
  return y;
}

#define UNROLL_INSTANTIATE(Scalar)                                                                                   \
  template Variable<Scalar> dropout(Variable<Scalar>, double, const Random&, std::size_t, Where);                    \
  template Variable<Scalar> sequence_dropout(Variable<Scalar>, double, const Random&, Where);                        \
  template Variable<Scalar> dropout_rows(Variable<Scalar>, double, const Random&, std::size_t, std::span<const int>, \
                                         Where);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
