#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/ops/decisions.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/zoneout.hpp>

#include <fmt/format.h>

#include <span>

namespace unroll::inline v0 {

namespace {

void expect_rate(const char* operation, double rate) {
  if (!(rate >= 0 && rate <= 1))
    throw ArgumentError(
        fmt::format("{}: rate {} given, expected 0 <= rate <= 1 (it is the share of units that keep their previous "
                    "value)",
                    operation, rate));
}

/// Passes on what arrived at the elements whose byte in `kept` is `which`.
template <class Scalar>
void pass_on(Variable<Scalar> x, const Scalar* arrived, std::span<const unsigned char> kept, unsigned char which) {
  if (!x.needs_gradient()) return;
  const auto [to, fresh] = x.sink();
  const unsigned char* const of = kept.data();
  if (fresh)  // apart, since bytes that may be anything keep the compiler from finding out
    for (std::size_t i = 0; i < kept.size(); ++i) to[i] = of[i] == which ? arrived[i] : Scalar{0};
  else
    for (std::size_t i = 0; i < kept.size(); ++i) to[i] += of[i] == which ? arrived[i] : Scalar{0};
}

}  // namespace

template <class Scalar>
Variable<Scalar> zoneout(Variable<Scalar> next, Variable<Scalar> previous, double rate, const Random& random) {
  expect_rate("zoneout", rate);
  expect_same_shape("zoneout: the next value and the previous one", next.shape(), previous.shape());
  if (rate == 0) return next;
  const auto kept = next.tape().template scratch<unsigned char>(next.shape().size());
  detail::for_each_decision(random, 0, detail::threshold_of(rate), kept.size(),
                            [to = kept.data()](std::size_t i, bool happens) { to[i] = happens; });
  const auto y = next.tape().record("zoneout", next.shape(), {next, previous});
  Scalar* const to = y.writable();
  const Scalar *const updated = next.value().data(), *const old = previous.value().data();
  for (std::size_t i = 0; i < kept.size(); ++i) to[i] = kept[i] != 0 ? old[i] : updated[i];
  y.on_backward([=] {
    pass_on<Scalar>(next, y.upstream(), kept, 0);
    pass_on<Scalar>(previous, y.upstream(), kept, 1);
  });
  return y;
}

template <class Scalar>
Variable<Scalar> zoneout_mean(Variable<Scalar> next, Variable<Scalar> previous, double rate) {
  expect_rate("zoneout_mean", rate);
  if (rate == 0) return next;
  return map(
      "zoneout_mean",
      [share = static_cast<Scalar>(rate)](auto updated, auto old) { return share * old + (1 - share) * updated; }, next,
      previous);
}

#define UNROLL_INSTANTIATE(Scalar)                                                              \
  template Variable<Scalar> zoneout(Variable<Scalar>, Variable<Scalar>, double, const Random&); \
  template Variable<Scalar> zoneout_mean(Variable<Scalar>, Variable<Scalar>, double);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
