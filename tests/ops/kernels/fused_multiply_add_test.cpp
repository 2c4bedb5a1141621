#include "support/catch.hpp"
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/kernels/instructions.hpp>

#include <array>
#include <cmath>
#include <limits>

using namespace unroll;

namespace {

#if defined(__FMA__) || defined(__AVX512F__) || defined(__ARM_FEATURE_FMA)
constexpr bool fuses = true;
#else
constexpr bool fuses = false;  // then xsimd means a product and a sum
#endif

}  // namespace

TEMPLATE_TEST_CASE("a fused multiply-add is rounded once, in every lane, with each sign", "", float, double) {
  using Batch = xsimd::batch<TestType, Instructions>;
  constexpr std::size_t lanes = Batch::size;
  if (!fuses) return;
  for (std::uint64_t round = 0; round < 200; ++round) {
    std::array<std::array<TestType, lanes>, 3> in;
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t lane = 0; lane < lanes; ++lane)
        in[k][lane] = static_cast<TestType>(Random(round).split(k).normal(lane));
    // Near -x y, where rounding twice leaves nothing of the sum.
    for (std::size_t lane = 0; lane < lanes; lane += 2) in[2][lane] = -in[0][lane] * in[1][lane];
    const Batch x = Batch::load_unaligned(in[0].data()), y = Batch::load_unaligned(in[1].data()),
                z = Batch::load_unaligned(in[2].data());
    std::array<TestType, lanes> sum, difference, negated;
    xsimd::fma(x, y, z).store_unaligned(sum.data());
    xsimd::fms(x, y, z).store_unaligned(difference.data());
    xsimd::fnma(x, y, z).store_unaligned(negated.data());
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      CHECK(sum[lane] == std::fma(in[0][lane], in[1][lane], in[2][lane]));
      CHECK(difference[lane] == std::fma(in[0][lane], in[1][lane], -in[2][lane]));
      CHECK(negated[lane] == std::fma(-in[0][lane], in[1][lane], in[2][lane]));
    }
  }
}

TEMPLATE_TEST_CASE("infinity and NaN go through a fused multiply-add", "", float, double) {
  using Batch = xsimd::batch<TestType, Instructions>;
  constexpr TestType infinity = std::numeric_limits<TestType>::infinity();
  CHECK(xsimd::fma(Batch(infinity), Batch(2), Batch(1)).get(0) == infinity);
  CHECK(std::isnan(xsimd::fma(Batch(infinity), Batch(0), Batch(1)).get(0)));
  CHECK(std::isnan(xsimd::fms(Batch(infinity), Batch(1), Batch(infinity)).get(0)));
}
