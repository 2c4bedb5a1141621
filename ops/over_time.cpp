#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/kernels/row_kernels.hpp>
#include <unroll/ops/over_time.hpp>
#include <unroll/ops/shaping.hpp>
#include <unroll/ops/take_rows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace unroll::inline v0 {

namespace {

/// The sizes of sequences [T, N, H], and where each ends.
struct Sequences {
  std::size_t steps, batch, width;
  std::span<const std::size_t> lengths;  // [N], in the tape's memory

  std::size_t numbers() const { return batch * width; }  // of a step
  bool exists(std::size_t t, std::size_t n) const { return t < lengths[n]; }
};

template <class Scalar>
Sequences sequences_of(const char* operation, Variable<Scalar> x, std::string_view axes, Lengths lengths) {
  const Shape shape = x.shape();
  expect_axes(operation, "the sequences", shape, axes);
  expect_lengths(operation, shape, lengths);
  const auto kept = x.tape().template scratch<std::size_t>(shape[1]);
  for (std::size_t n = 0; n < kept.size(); ++n) kept[n] = lengths.empty() ? shape[0] : lengths[n];
  return {shape[0], shape[1], shape.after(1), kept};
}

/// Calls visit(n, i) for every row i = t N + n of a step that exists, and beyond(i) for the padding, in order of i.
void for_each_row(const Sequences& of, auto&& visit, auto&& beyond) {
  if (of.numbers() == 0) return;  // there may be very many steps without numbers
  for (std::size_t t = 0, i = 0; t < of.steps; ++t)
    for (std::size_t n = 0; n < of.batch; ++n, ++i)
      if (of.exists(t, n))
        visit(n, i);
      else
        beyond(i);
}
constexpr auto ignore = [](std::size_t) {};

/// Writes zeros into the gradient of padding where no other op has added one.
template <class Scalar>
auto zeros_in(const GradientSink<Scalar>& sink, std::size_t width) {
  return [=](std::size_t i) {
    if (sink.unwritten) std::fill_n(sink.data + i * width, width, Scalar{0});
  };
}

}  // namespace

template <class Scalar>
Variable<Scalar> mean_over_time(Variable<Scalar> x, Lengths lengths, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Sequences of = sequences_of("mean_over_time", x, "TNH", lengths);
  const auto y = x.tape().record("mean_over_time", {of.batch, of.width}, {x});
  const auto sums = x.tape().template scratch<detail::Accumulator<Scalar>>(of.numbers());
  std::fill(sums.begin(), sums.end(), detail::Accumulator<Scalar>{0});
  const auto add_row = [&, from = x.value().data()](std::size_t n, std::size_t i) {
    detail::add_columns(1, of.width, from + i * of.width, sums.data() + n * of.width);
  };
  for_each_row(of, add_row, ignore);
  const auto divisor = [of](std::size_t i) {
    return static_cast<double>(std::max<std::size_t>(of.lengths[i / of.width], 1));
  };
  Scalar* const means = y.writable();
  for (std::size_t i = 0; i < sums.size(); ++i) means[i] = static_cast<Scalar>(sums[i] / divisor(i));
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (!std::isfinite(detail::value_of(means[i])))  // perhaps only its sum overflowed
      means[i] =
          detail::quotient_of_large_sum(of.lengths[i / of.width], x.value().data() + i, of.numbers(), divisor(i));
  y.on_backward([x, y, of] {
    const auto sink = x.gradient_sink();
    const auto spread_row = [&, arrived = y.upstream()](std::size_t n, std::size_t i) {
      const auto fraction = static_cast<Scalar>(1 / static_cast<double>(of.lengths[n]));
      detail::transform_row(
          of.width, [fraction](auto a) { return a * fraction; }, {sink.data + i * of.width, sink.unwritten},
          arrived + n * of.width);
    };
    for_each_row(of, spread_row, zeros_in(sink, of.width));
  });
  return y;
}

template <class Scalar>
Variable<Scalar> max_over_time(Variable<Scalar> x, Lengths lengths, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Sequences of = sequences_of("max_over_time", x, "TNH", lengths);
  const auto y = x.tape().record("max_over_time", {of.batch, of.width}, {x});
  const auto origins = x.tape().template scratch<std::size_t>(of.numbers());  // in x, where the sequence has a step
  std::fill_n(y.writable(), origins.size(), Scalar{0});
  const auto take_row = [&, from = x.value().data(), to = y.writable()](std::size_t n, std::size_t row) {
    for (std::size_t i = n * of.width, at = row * of.width; i < (n + 1) * of.width; ++i, ++at)
      if (row == n || detail::exceeds(from[at], to[i])) to[i] = from[origins[i] = at];
  };
  for_each_row(of, take_row, ignore);
  y.on_backward([x, y, of, origins] {
    const Scalar* const arrived = y.upstream();
    Scalar* const gradient = x.mutable_gradient();
    for (std::size_t i = 0; i < origins.size(); ++i)
      if (of.lengths[i / of.width] > 0) gradient[origins[i]] += arrived[i];
  });
  return y;
}

template <class Scalar>
Variable<Scalar> last_over_time(Variable<Scalar> x, Lengths lengths, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Sequences of = sequences_of("last_over_time", x, "TNH", lengths);
  constexpr std::size_t most = std::numeric_limits<int>::max();
  if (of.batch > 0 && of.steps > most / of.batch)  // rows are taken by number, and the numbers are ints
    throw ArgumentError(
        fmt::format("last_over_time: T={} steps of N={} sequences given, more than {} in all (was a size computed as "
                    "-1?)",
                    of.steps, of.batch, most));
  const auto indices = x.tape().template scratch<int>(of.batch);
  for (std::size_t n = 0; n < of.batch; ++n)
    indices[n] = of.lengths[n] == 0 ? -1 : static_cast<int>((of.lengths[n] - 1) * of.batch + n);
  return take_rows(reshape(x, {of.steps * of.batch, of.width}), {indices.data(), {of.batch}});
}

template <class Scalar>
Variable<Scalar> softmax_over_time(Variable<Scalar> scores, Lengths lengths, CallSite site) {
  const CalledFrom caller(scores.tape(), site);
  const Sequences of = sequences_of("softmax_over_time", scores, "TN", lengths);
  Tape<Scalar>& tape = scores.tape();
  const auto y = tape.record("softmax_over_time", scores.shape(), {scores});
  const auto largest = tape.template scratch<Scalar>(of.batch), sums = tape.template scratch<Scalar>(of.batch);
  std::fill(largest.begin(), largest.end(), -Scalar(std::numeric_limits<double>::infinity()));
  std::fill(sums.begin(), sums.end(), Scalar{0});
  const Scalar* const from = scores.value().data();
  Scalar* const to = y.writable();
  for_each_row(
      of, [&](auto n, auto i) { largest[n] = std::max(largest[n], from[i]); }, ignore);
  using std::exp;  // a DualNumber has its own
  for_each_row(
      of, [&](auto n, auto i) { sums[n] += to[i] = exp(from[i] - largest[n]); }, [&](auto i) { to[i] = 0; });
  for_each_row(
      of, [&](auto n, auto i) { to[i] /= sums[n]; }, ignore);
  y.on_backward([=] {  // dx = y (dy - Σ y dy)
    const auto inner = y.tape().template scratch<Scalar>(of.batch);
    std::fill(inner.begin(), inner.end(), Scalar{0});
    const Scalar *value = y.value().data(), *arrived = y.upstream();
    for_each_row(
        of, [&](auto n, auto i) { inner[n] += value[i] * arrived[i]; }, ignore);
    const auto sink = scores.gradient_sink();
    const auto add_run = [&](std::size_t n, std::size_t i) {
      const Scalar gradient = value[i] * (arrived[i] - inner[n]);
      sink.data[i] = sink.unwritten ? gradient : sink.data[i] + gradient;
    };
    for_each_row(of, add_run, zeros_in(sink, 1));
  });
  return y;
}

template <class Scalar>
Variable<Scalar> weighted_sum_over_time(Variable<Scalar> x, Variable<Scalar> weights, Lengths lengths, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Sequences of = sequences_of("weighted_sum_over_time", x, "TNH", lengths);
  expect_same_shape("weighted_sum_over_time: the weights and the steps", weights.shape(), {of.steps, of.batch});
  const auto y = x.tape().record("weighted_sum_over_time", {of.batch, of.width}, {x, weights});
  std::fill_n(y.writable(), of.numbers(), Scalar{0});
  const auto add_row = [&, from = x.value().data(), factors = weights.value().data()](std::size_t n, std::size_t i) {
    detail::transform_row(
        of.width, [w = factors[i]](auto a) { return a * w; }, {.data = y.writable() + n * of.width, .unwritten = false},
        from + i * of.width);
  };
  for_each_row(of, add_row, ignore);
  y.on_backward([=] {
    const Scalar* const arrived = y.upstream();
    if (weights.needs_gradient()) {
      const auto sink = weights.gradient_sink();
      if (sink.unwritten && of.width == 0) std::fill_n(sink.data, of.steps * of.batch, Scalar{0});  // no row is visited
      const auto to_weight = [&, from = x.value().data()](std::size_t n, std::size_t i) {
        const Scalar gradient =
            detail::sum_over(of.width, detail::product_of_two, arrived + n * of.width, from + i * of.width);
        sink.data[i] = sink.unwritten ? gradient : sink.data[i] + gradient;
      };
      for_each_row(of, to_weight, zeros_in(sink, 1));
    }
    if (!x.needs_gradient()) return;
    const auto sink = x.gradient_sink();
    const auto to_row = [&, factors = weights.value().data()](std::size_t n, std::size_t i) {
      detail::transform_row(
          of.width, [w = factors[i]](auto a) { return a * w; }, {sink.data + i * of.width, sink.unwritten},
          arrived + n * of.width);
    };
    for_each_row(of, to_row, zeros_in(sink, of.width));
  });
  return y;
}

#define UNROLL_INSTANTIATE(Scalar)                                                  \
  template Variable<Scalar> mean_over_time(Variable<Scalar>, Lengths, CallSite);    \
  template Variable<Scalar> max_over_time(Variable<Scalar>, Lengths, CallSite);     \
  template Variable<Scalar> last_over_time(Variable<Scalar>, Lengths, CallSite);    \
  template Variable<Scalar> softmax_over_time(Variable<Scalar>, Lengths, CallSite); \
  template Variable<Scalar> weighted_sum_over_time(Variable<Scalar>, Variable<Scalar>, Lengths, CallSite);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
