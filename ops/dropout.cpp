#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/ops/dropout.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace unroll::inline v0 {

namespace {

/// Which elements stay, and what they are multiplied with.
template <class Scalar>
struct Mask {
  Random random;
  std::size_t start;        // position of the bits of the first element
  std::uint32_t threshold;  // an element is dropped when its 32 bits are below
  Scalar scale;

  /// to[i] (+)= from[i] * scale where element i stays, 0 elsewhere: chosen, not multiplied, so that what is dropped is
  /// 0 even when it is infinite.
  void apply(std::size_t count, const Scalar* from, const GradientSink<Scalar>& to, std::size_t offset = 0) const {
    std::array<std::uint32_t, 1024> bits;
    for (std::size_t first = 0; first < count; first += bits.size()) {
      const std::size_t length = std::min(bits.size(), count - first);
      random.fill_bits(start + offset + first, std::span(bits.data(), length));
      for (std::size_t i = 0; i < length; ++i) {
        const Scalar kept = from[first + i] * scale;
        const Scalar result = bits[i] < threshold ? Scalar{0} : kept;
        to.data[first + i] = to.fresh ? result : to.data[first + i] + result;
      }
    }
  }
};

template <class Scalar>
Mask<Scalar> mask_of(double rate, const Random& random, std::size_t first) {
  if (!(rate >= 0 && rate < 1))
    throw ArgumentError(
        fmt::format("dropout: rate {} given, expected 0 <= rate < 1 (it is the share that is dropped; at 1 nothing is "
                    "left, and what is left would be divided by 0)",
                    rate));
  const double threshold = std::min(std::round(std::ldexp(rate, 32)), 0x1p32 - 1);
  return {random, first, static_cast<std::uint32_t>(threshold), static_cast<Scalar>(1 / (1 - rate))};
}

}  // namespace

template <class Scalar>
Variable<Scalar> dropout(Variable<Scalar> x, double rate, const Random& random, std::size_t first) {
  const auto mask = mask_of<Scalar>(rate, random, first);
  if (rate == 0) return x;
  const auto y = x.tape().record("dropout", x.shape(), {x});
  mask.apply(x.shape().size(), x.value().data(), {y.writable(), true});
  y.on_backward([x, y, mask] { mask.apply(x.shape().size(), y.upstream(), x.sink()); });
  return y;
}

template <class Scalar>
Variable<Scalar> dropout_rows(Variable<Scalar> x, double rate, const Random& random, std::size_t first,
                              std::span<const int> rows) {
  const auto mask = mask_of<Scalar>(rate, random, first);
  expect_axes("dropout_rows", "the rows", x.shape(), "PD");
  expect_same_shape("dropout_rows: one place for each row", {x.shape()[0]}, {rows.size()});
  if (rate == 0) return x;
  const auto places = x.tape().template scratch<int>(rows.size());
  std::copy(rows.begin(), rows.end(), places.begin());
  const auto apply = [mask, places, width = x.shape()[1]](const Scalar* from, const GradientSink<Scalar>& to) {
    for (std::size_t i = 0; i < places.size(); ++i)
      mask.apply(width, from + i * width, {to.data + i * width, to.fresh}, static_cast<std::size_t>(places[i]) * width);
  };
  const auto y = x.tape().record("dropout_rows", x.shape(), {x});
  apply(x.value().data(), {y.writable(), true});
  y.on_backward([x, y, apply] { apply(y.upstream(), x.sink()); });
  return y;
}

#define UNROLL_INSTANTIATE(Scalar)                                                         \
  template Variable<Scalar> dropout(Variable<Scalar>, double, const Random&, std::size_t); \
  template Variable<Scalar> dropout_rows(Variable<Scalar>, double, const Random&, std::size_t, std::span<const int>);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)

}  // namespace unroll::inline v0
