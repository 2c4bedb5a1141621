#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/dropout.hpp>
#include <unroll/ops/kernels/random_choice.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace unroll::inline v0 {

namespace {

/// Which elements stay, and the factor by which these are scaled.
template <class Scalar>
struct Mask {
  Random random;
  std::size_t start;        // position of the bits of the first element
  std::uint32_t threshold;  // an element is dropped when its 32 bits are below
  Scalar scale;

  Mask(double rate, const Random& bits, std::size_t first)
      : random(bits), start(first), threshold(detail::threshold_of(rate)), scale(static_cast<Scalar>(1 / (1 - rate))) {}

  /// to[i] (+)= from[i] * scale where element i stays, 0 elsewhere. It chooses and does not multiply by 0, so that a
  /// dropped infinity is 0 too.
  void apply(std::size_t count, const Scalar* from, const GradientSink<Scalar>& to, std::size_t offset = 0) const {
    const auto scaled = [from, factor = scale](std::size_t i, bool dropped) {
      return dropped ? Scalar{0} : from[i] * factor;
    };
    if (to.unwritten)
      detail::for_each_choice(random, start + offset, threshold, count,
                              [scaled, data = to.data](std::size_t i, bool dropped) { data[i] = scaled(i, dropped); });
    else
      detail::for_each_choice(random, start + offset, threshold, count,
                              [scaled, data = to.data](std::size_t i, bool dropped) { data[i] += scaled(i, dropped); });
  }
};

void expect_rate(const char* operation, double rate) {
  if (!(rate >= 0 && rate < 1))
    throw ArgumentError(
        fmt::format("{}: rate {} given, expected 0 <= rate < 1 (it is the fraction that is dropped; at 1 nothing is "
                    "left, and the rest would be divided by 0)",
                    operation, rate));
}

void expect_indices(std::span<const int> indices, const Shape& rows) {
  if (indices.size() != rows[0])
    throw ShapeError(fmt::format("dropout_rows: {} indices given for the rows of {}, expected one each", indices.size(),
                                 describe(rows, "PD")));
  const auto below = std::find_if(indices.begin(), indices.end(), [](int index) { return index < 0; });
  if (below != indices.end())
    throw ArgumentError(
        fmt::format("dropout_rows: index {} of row {} given, expected that of a row of a whole tensor, "
                    "0 or more (is it a padded step?)",
                    *below, below - indices.begin()));
}

/// to (+)= every step's numbers times `factors`; a factor of 0 gives 0 for an infinity too.
template <class Scalar>
void scale_steps(std::span<const Scalar> factors, std::size_t steps, const Scalar* from, GradientSink<Scalar> to) {
  if (factors.empty()) return;  // there may be very many steps without numbers
  for (std::size_t t = 0; t < steps; ++t, from += factors.size(), to.data += factors.size())
    for (std::size_t i = 0; i < factors.size(); ++i) {
      const Scalar result = factors[i] == 0 ? Scalar{0} : from[i] * factors[i];
      to.data[i] = to.unwritten ? result : to.data[i] + result;
    }
}

}  // namespace

template <class Scalar>
Variable<Scalar> dropout(Variable<Scalar> x, double rate, const Random& random, std::size_t first, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  expect_rate("dropout", rate);
  if (rate == 0) return x;
  const Mask<Scalar> mask(rate, random, first);
  const auto y = x.tape().record("dropout", x.shape(), {x});
  mask.apply(x.shape().size(), x.value().data(), {.data = y.writable(), .unwritten = true});
  y.on_backward([x, y, mask] { mask.apply(x.shape().size(), y.upstream(), x.gradient_sink()); });
  return y;
}

template <class Scalar>
Variable<Scalar> sequence_dropout(Variable<Scalar> x, double rate, const Random& random, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  expect_rate("sequence_dropout", rate);
  const Shape shape = x.shape();
  if (shape.rank() < 2)
    throw ShapeError(fmt::format("sequence_dropout: x {} given, expected a sequence [T, ...]", describe(shape, "T")));
  if (rate == 0) return x;
  const std::size_t steps = shape[0];
  const auto factors = x.tape().template scratch<Scalar>(shape.after(0));
  std::fill(factors.begin(), factors.end(), Scalar{1});
  Mask<Scalar>(rate, random, 0).apply(factors.size(), factors.data(), {.data = factors.data(), .unwritten = true});
  const auto y = x.tape().record("sequence_dropout", shape, {x});
  scale_steps<Scalar>(factors, steps, x.value().data(), {.data = y.writable(), .unwritten = true});
  y.on_backward([=] { scale_steps<Scalar>(factors, steps, y.upstream(), x.gradient_sink()); });
  return y;
}

template <class Scalar>
Variable<Scalar> dropout_rows(Variable<Scalar> x, double rate, const Random& random, std::size_t first,
                              std::span<const int> indices, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  expect_rate("dropout_rows", rate);
  expect_axes("dropout_rows", "the rows", x.shape(), "PD");
  expect_indices(indices, x.shape());
  if (rate == 0) return x;
  const Mask<Scalar> mask(rate, random, first);
  const auto kept = x.tape().template scratch<int>(indices.size());
  std::copy(indices.begin(), indices.end(), kept.begin());
  const auto apply = [mask, kept, width = x.shape()[1]](const Scalar* from, const GradientSink<Scalar>& to) {
    for (std::size_t i = 0; i < kept.size(); ++i)
      mask.apply(width, from + i * width, {to.data + i * width, to.unwritten},
                 static_cast<std::size_t>(kept[i]) * width);
  };
  const auto y = x.tape().record("dropout_rows", x.shape(), {x});
  apply(x.value().data(), {.data = y.writable(), .unwritten = true});
  y.on_backward([x, y, apply] { apply(y.upstream(), x.gradient_sink()); });
  return y;
}

#define UNROLL_INSTANTIATE(Scalar)                                                                                   \
  template Variable<Scalar> dropout(Variable<Scalar>, double, const Random&, std::size_t, CallSite);                 \
  template Variable<Scalar> sequence_dropout(Variable<Scalar>, double, const Random&, CallSite);                     \
  template Variable<Scalar> dropout_rows(Variable<Scalar>, double, const Random&, std::size_t, std::span<const int>, \
                                         CallSite);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
