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
  void apply(std::size_t count, const Scalar* from, const GradientSink<Scalar>& to) const {
    std::array<std::uint32_t, 1024> bits;
    for (std::size_t first = 0; first < count; first += bits.size()) {
      const std::size_t length = std::min(bits.size(), count - first);
      random.fill_bits(start + first, std::span(bits.data(), length));
      for (std::size_t i = 0; i < length; ++i) {
        const Scalar kept = from[first + i] * scale;
        const Scalar result = bits[i] < threshold ? Scalar{0} : kept;
        to.data[first + i] = to.fresh ? result : to.data[first + i] + result;
      }
    }
  }
};

}  // namespace

template <class Scalar>
Variable<Scalar> dropout(Variable<Scalar> x, double rate, const Random& random, std::size_t first, Where where) {
  const CalledFrom caller(x.tape(), where);
  if (!(rate >= 0 && rate < 1))
    throw ArgumentError(
        fmt::format("dropout: rate {} given, expected 0 <= rate < 1 (it is the share that is dropped; at 1 nothing is "
                    "left, and what is left would be divided by 0)",
                    rate));
  if (rate == 0) return x;
  const double threshold = std::min(std::round(std::ldexp(rate, 32)), 0x1p32 - 1);
  const Mask<Scalar> mask{random, first, static_cast<std::uint32_t>(threshold), static_cast<Scalar>(1 / (1 - rate))};
  const auto y = x.tape().record("dropout", x.shape(), {x});
  mask.apply(x.shape().size(), x.value().data(), {y.writable(), true});
  y.on_backward([x, y, mask] { mask.apply(x.shape().size(), y.upstream(), x.sink()); });
  return y;
}

template Variable<float> dropout(Variable<float>, double, const Random&, std::size_t, Where);
template Variable<double> dropout(Variable<double>, double, const Random&, std::size_t, Where);

}  // namespace unroll::inline v0
