#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/kernels/random_choice.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/zoneout.hpp>

#include <fmt/format.h>

#include <span>

namespace unroll::inline v0 {

namespace {

void expect_rate(const char* operation, double rate) {
  if (!(rate >= 0 && rate <= 1))
    throw ArgumentError(
        fmt::format("{}: rate {} given, expected 0 <= rate <= 1 (it is the fraction of units that keep their previous "
                    "value)",
                    operation, rate));
}

/// Adds the gradient of the elements whose byte in `kept` is `which` to that of x.
template <class Scalar>
void add_kept(Variable<Scalar> x, const Scalar* arrived, std::span<const unsigned char> kept, unsigned char which) {
  if (!x.needs_gradient()) return;
  const auto [to, unwritten] = x.gradient_sink();
  const unsigned char* const of = kept.data();
  if (unwritten)  // two loops: bytes may alias anything, so the compiler cannot move the test out of one
    for (std::size_t i = 0; i < kept.size(); ++i) to[i] = of[i] == which ? arrived[i] : Scalar{0};
  else
    for (std::size_t i = 0; i < kept.size(); ++i) to[i] += of[i] == which ? arrived[i] : Scalar{0};
}

}  // namespace

template <class Scalar>
Variable<Scalar> zoneout(Variable<Scalar> next, Variable<Scalar> previous, double rate, const Random& random,
                         CallSite site) {
  const CalledFrom caller(next.tape(), site);
  expect_rate("zoneout", rate);
  expect_same_shape("zoneout: the next value and the previous one", next.shape(), previous.shape());
  if (rate == 0) return next;
  const auto kept = next.tape().template scratch<unsigned char>(next.shape().size());
  detail::for_each_choice(random, 0, detail::threshold_of(rate), kept.size(),
                          [to = kept.data()](std::size_t i, bool happens) { to[i] = happens; });
  const auto y = next.tape().record("zoneout", next.shape(), {next, previous});
  Scalar* const to = y.writable();
  const Scalar *const updated = next.value().data(), *const old = previous.value().data();
  for (std::size_t i = 0; i < kept.size(); ++i) to[i] = kept[i] != 0 ? old[i] : updated[i];
  y.on_backward([=] {
    add_kept<Scalar>(next, y.upstream(), kept, 0);
    add_kept<Scalar>(previous, y.upstream(), kept, 1);
  });
  return y;
}

template <class Scalar>
Variable<Scalar> zoneout_mean(Variable<Scalar> next, Variable<Scalar> previous, double rate, CallSite site) {
  const CalledFrom caller(next.tape(), site);
  expect_rate("zoneout_mean", rate);
  if (rate == 0) return next;
  return map(
      "zoneout_mean",
      [fraction = static_cast<Scalar>(rate)](auto updated, auto old) {
        return fraction * old + (1 - fraction) * updated;
      },
      next, previous);
}

#define UNROLL_INSTANTIATE(Scalar)                                                                        \
  template Variable<Scalar> zoneout(Variable<Scalar>, Variable<Scalar>, double, const Random&, CallSite); \
  template Variable<Scalar> zoneout_mean(Variable<Scalar>, Variable<Scalar>, double, CallSite);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
