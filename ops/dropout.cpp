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
  std::uint32_t threshold;  // an element is dropped when its 32 bits are below
  Scalar scale;

  /// Calls visit(i, factor) for every element; the factor is 0 or scale.
  void for_each(std::size_t count, auto&& visit) const {
    std::array<std::uint32_t, 1024> bits;
    for (std::size_t first = 0; first < count; first += bits.size()) {
      const std::size_t length = std::min(bits.size(), count - first);
      random.fill_bits(first, std::span(bits.data(), length));
      for (std::size_t i = 0; i < length; ++i) visit(first + i, bits[i] < threshold ? Scalar{0} : scale);
    }
  }
};

}  // namespace

template <class Scalar>
Variable<Scalar> dropout(Variable<Scalar> x, double rate, const Random& random) {
  if (!(rate >= 0 && rate < 1))
    throw ArgumentError(
        fmt::format("dropout: rate {} given, expected 0 <= rate < 1 (it is the share that is dropped; at 1 nothing is "
                    "left, and what is left would be divided by 0)",
                    rate));
  if (rate == 0) return x;
  const double threshold = std::min(std::round(std::ldexp(rate, 32)), 0x1p32 - 1);
  const Mask<Scalar> mask{random, static_cast<std::uint32_t>(threshold), static_cast<Scalar>(1 / (1 - rate))};
  const auto y = x.tape().record("dropout", x.shape(), {x});
  // Chosen, not multiplied: what is dropped is 0 even when it is infinite.
  mask.for_each(x.shape().size(), [from = x.value().data(), to = y.writable()](std::size_t i, Scalar factor) {
    to[i] = factor == 0 ? Scalar{0} : from[i] * factor;
  });
  y.on_backward([x, y, mask] {
    mask.for_each(x.shape().size(), [from = y.upstream(), to = x.gradient_sum()](std::size_t i, Scalar factor) {
      to[i] += factor == 0 ? Scalar{0} : from[i] * factor;
    });
  });
  return y;
}

template Variable<float> dropout(Variable<float>, double, const Random&);
template Variable<double> dropout(Variable<double>, double, const Random&);

}  // namespace unroll::inline v0
