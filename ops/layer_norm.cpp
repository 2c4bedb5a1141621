#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/bias.hpp>
#include <unroll/ops/kernels/row_kernels.hpp>
#include <unroll/ops/layer_norm.hpp>
#include <unroll/ops/operands/picked_rows.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace unroll::inline v0 {

namespace {

/// The constants that normalize a row x: x̂ = ((unit x - mean) - rest) inverse_deviation.
template <class Scalar>
struct Moments {
  Scalar unit;               // 1, or a power of 2 for rows whose squares overflow or vanish
  Scalar mean, rest;         // the mean of unit x, as a sum of two
  Scalar inverse_deviation;  // of unit x

  bool is_plain() const { return !std::is_same_v<Scalar, DualNumber> && unit == 1 && rest == 0; }
};

/// x̂ as a function of x, and its slope times a number. `plain`: all rows have unit = 1 and rest = 0, the fast case.
template <bool plain, class Scalar>
auto normal_of(const Moments<Scalar>& m) {
  if constexpr (plain)
    return [mean = m.mean, r = m.inverse_deviation](auto a) { return (a - mean) * r; };
  else
    return [m](auto a) { return (m.unit * a - m.mean - m.rest) * m.inverse_deviation; };
}
template <bool plain, class Scalar>
auto slope_of(const Moments<Scalar>& m) {
  if constexpr (plain)
    return [r = m.inverse_deviation](auto a) { return r * a; };
  else
    return [r = m.inverse_deviation, unit = m.unit](auto a) { return r * a * unit; };
}

/// The mean of f(x).
template <class Scalar>
Scalar mean_of(std::size_t columns, const Scalar* x, const auto& function) {
  return detail::sum_over(columns, function, x) / static_cast<Scalar>(columns);
}

template <class Scalar>
struct Spread {
  Scalar mean, rest, variance;
};

/// The spread of numbers that differ by less than the rounding of their mean: it is measured from the first number, so
/// that equal numbers have no deviation at all.
template <class Scalar>
[[gnu::cold]] Spread<Scalar> spread_of_flat(Scalar unit, std::size_t columns, const Scalar* x) {
  const Scalar mean = unit * x[0], rest = mean_of(columns, x, [=](auto a) { return unit * a - mean; });
  const auto squared_distance = [=](auto a) { return (unit * a - mean - rest) * (unit * a - mean - rest); };
  return {mean, rest, mean_of(columns, x, squared_distance)};
}

template <class Scalar>
Spread<Scalar> spread_of(Scalar unit, std::size_t columns, const Scalar* x) {
  using Limits = std::numeric_limits<decltype(detail::value_of(unit))>;
  const Scalar last_places = Scalar(0x1p13 * static_cast<double>(Limits::epsilon()));
  const Scalar mean = mean_of(columns, x, [=](auto a) { return unit * a; });
  // A second pass, since E[x²] - E[x]² cancels.
  const Scalar variance = mean_of(columns, x, [=](auto a) { return (unit * a - mean) * (unit * a - mean); });
  const bool is_flat = variance < mean * last_places * (mean * last_places);
  return is_flat ? spread_of_flat(unit, columns, x) : Spread<Scalar>{mean, Scalar{0}, variance};
}

/// The constants of a row whose squares overflow, or vanish although they would count beside a tiny epsilon.
template <class Scalar>
[[gnu::cold]] Moments<Scalar> moments_in(Scalar unit, std::size_t columns, const Scalar* x, double epsilon) {
  using std::sqrt;
  const auto [mean, rest, variance] = spread_of(unit, columns, x);
  const Scalar sum = variance + static_cast<Scalar>(epsilon) * unit * unit;
  if (sum <= 0) return {Scalar{1}, mean / unit, rest / unit, 1 / sqrt(static_cast<Scalar>(epsilon))};
  return {unit, mean, rest, 1 / sqrt(sum)};
}

template <class Scalar>
Moments<Scalar> moments_of(std::size_t columns, const Scalar* x, double epsilon) {
  using std::sqrt;
  using Limits = std::numeric_limits<decltype(detail::value_of(Scalar{1}))>;
  const auto power_of_two = [](int eighths) { return Scalar(std::ldexp(1.0, eighths * (Limits::max_exponent / 8))); };
  const auto [mean, rest, variance] = spread_of(Scalar{1}, columns, x);
  const Scalar inverse = 1 / sqrt(variance + static_cast<Scalar>(epsilon));
  if (inverse > power_of_two(3)) return moments_in(power_of_two(5), columns, x, epsilon);
  if (!(inverse > 0)) return moments_in(power_of_two(-5), columns, x, epsilon);
  return {Scalar{1}, mean, rest, inverse};
}

/// One recorded layer normalization.
template <class Scalar>
struct LayerNorm {
  Variable<Scalar> x, gain, bias, y;
  std::span<Moments<Scalar>> moments;
  std::size_t columns;
  bool all_plain = true;  // compute sets it

  void compute(double epsilon) {
    const auto from = x.value_rows();
    bool plain = true;
    for (std::size_t row = 0; row < moments.size(); ++row) {
      const Scalar* const numbers = from.data + row * from.stride;
      const Moments<Scalar> m = moments[row] = moments_of(columns, numbers, epsilon);
      plain = plain && m.is_plain();
      detail::transform_row(
          columns, [normal = normal_of<false>(m)](auto a, auto g, auto b) { return normal(a) * g + b; },
          {.data = y.writable() + row * columns, .unwritten = true}, numbers, gain.value().data(), bias.value().data());
    }
    all_plain = plain;
  }

  /// With x̂ = (x - μ) r and δ = dy ⊙ gain:  dx = r (δ - mean(δ) - x̂ mean(δ x̂)).
  template <bool plain>
  void sweep_input() const {
    const auto from = x.value_rows();
    const auto to = x.gradient_rows();
    const Scalar *const arrived = y.upstream(), *const scale = gain.value().data();
    const auto count = static_cast<Scalar>(columns);
    for (std::size_t row = 0; row < moments.size(); ++row) {
      const auto normal = normal_of<plain>(moments[row]);
      const auto along_normal = [=](auto d, auto g, auto a) { return d * g * normal(a); };
      const Scalar *const numbers = from.data + row * from.stride, *const dy = arrived + row * columns;
      const Scalar level = detail::sum_over(columns, detail::product_of_two, dy, scale) / count;
      const Scalar slope = detail::sum_over(columns, along_normal, dy, scale, numbers) / count;
      detail::transform_row(
          columns,
          [=, times_slope = slope_of<plain>(moments[row])](auto d, auto g, auto a) {
            return times_slope(d * g - level - normal(a) * slope);
          },
          {to.data + row * to.stride, to.unwritten}, dy, scale, numbers);
    }
  }

  /// dgain = Σ dy ⊙ x̂ over rows
  template <bool plain>
  void sweep_gain() const {
    const auto from = x.value_rows();
    const Scalar* const arrived = y.upstream();
    const auto sums = y.tape().template scratch<detail::Accumulator<Scalar>>(columns);
    std::fill(sums.begin(), sums.end(), detail::Accumulator<Scalar>{0});
    for (std::size_t row = 0; row < moments.size(); ++row) {
      const Scalar *const numbers = from.data + row * from.stride, *const dy = arrived + row * columns;
      const auto normal = normal_of<plain>(moments[row]);
      for (std::size_t i = 0; i < columns; ++i)
        sums[i] += static_cast<detail::Accumulator<Scalar>>(dy[i] * normal(numbers[i]));
    }
    Scalar* const gradient = gain.mutable_gradient();
    for (std::size_t i = 0; i < columns; ++i) gradient[i] += static_cast<Scalar>(sums[i]);
  }

  /// dbias = Σ dy over rows
  void sweep_bias() const { detail::add_column_sums(y.tape(), moments.size(), columns, y.upstream(), bias); }
};

}  // namespace

template <class Scalar>
Variable<Scalar> layer_norm(Variable<Scalar> x, Operand<Scalar> gain_operand, Operand<Scalar> bias_operand,
                            double epsilon) {
  const CalledFrom caller(x.tape(), gain_operand.site());
  expect_in("layer_norm", "epsilon", epsilon, normal_numbers<Scalar>());
  const auto gain = gain_operand.on(x.tape()), bias = bias_operand.on(x.tape());
  detail::expect_column_vector("layer_norm", "gain", gain.shape(), x.shape());
  detail::expect_column_vector("layer_norm", "bias", bias.shape(), x.shape());
  if (const auto* const picked = detail::picked_rows(x);
      picked != nullptr && picked->are_whole() && picked->tokens.size() > picked->table.shape()[0]) {
    detail::PickedRows<Scalar> rows = *picked;  // a copy, since recording more may move the note
    rows.table = layer_norm<Scalar>(rows.table, gain, bias, epsilon);
    return detail::pick("layer_norm", rows, x.shape());
  }
  const auto y = x.tape().record("layer_norm", x.shape(), {x, gain, bias});
  const std::size_t columns = x.shape().back(), rows = columns == 0 ? 0 : x.shape().size() / columns;
  LayerNorm<Scalar> norm{x, gain, bias, y, x.tape().template scratch<Moments<Scalar>>(rows), columns};
  norm.compute(epsilon);
  y.on_backward([norm] {
    if (norm.x.needs_gradient())
      norm.all_plain ? norm.template sweep_input<true>() : norm.template sweep_input<false>();
    if (norm.gain.needs_gradient())
      norm.all_plain ? norm.template sweep_gain<true>() : norm.template sweep_gain<false>();
    if (norm.bias.needs_gradient()) norm.sweep_bias();
  });
  return y;
}

template Variable<float> layer_norm(Variable<float>, AnyOperand<float>, AnyOperand<float>, double);
template Variable<double> layer_norm(Variable<double>, AnyOperand<double>, AnyOperand<double>, double);
template Variable<DualNumber> layer_norm(Variable<DualNumber>, AnyOperand<DualNumber>, AnyOperand<DualNumber>, double);

}  // namespace unroll::inline v0
