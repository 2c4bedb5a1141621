#include <unroll/framework/interval.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/ops/bias.hpp>
#include <unroll/ops/layer_norm.hpp>
#include <unroll/ops/picked_rows.hpp>
#include <unroll/ops/row_kernels.hpp>

#include <algorithm>
#include <cmath>

namespace unroll::inline v0 {

namespace {

/// What a row is shifted and scaled by.
template <class Scalar>
struct Moments {
  Scalar mean, inverse_deviation;
};

/// Of the row times `scale`, which keeps squares of large numbers from overflowing.
template <class Scalar>
Moments<Scalar> scaled_moments_of(std::size_t columns, const Scalar* x, double epsilon, Scalar scale) {
  const auto count = static_cast<Scalar>(columns);
  const Scalar mean = detail::sum_over(
                          columns, [=](auto a) { return scale * a; }, x)
                      / count;
  // In a second pass: E[x²] - E[x]² cancels.
  const auto squared_distance = [=](auto a) { return (scale * a - mean) * (scale * a - mean); };
  const Scalar variance = detail::sum_over(columns, squared_distance, x) / count;
  using std::sqrt;
  const Scalar spread = variance + static_cast<Scalar>(epsilon) * scale * scale;
  if (!(spread > 0)) return {mean / scale, 1 / sqrt(static_cast<Scalar>(epsilon))};  // large, equal numbers
  return {mean / scale, scale / sqrt(spread)};
}

template <class Scalar>
Moments<Scalar> moments_of(std::size_t columns, const Scalar* x, double epsilon) {
  const Moments<Scalar> moments = scaled_moments_of(columns, x, epsilon, Scalar{1});
  // Finite numbers whose squares, or whose sum, are not: the deviation would be taken for infinite.
  if (std::isfinite(detail::value_of(moments.mean)) && detail::value_of(moments.inverse_deviation) > 0) return moments;
  auto largest = detail::value_of(Scalar{0});
  for (std::size_t i = 0; i < columns; ++i) largest = std::max(largest, std::abs(detail::value_of(x[i])));
  if (!std::isfinite(largest)) return moments;
  return scaled_moments_of(columns, x, epsilon, Scalar{1} / Scalar{largest});
}

/// One layer normalisation on the tape, and where its numbers lie.
template <class Scalar>
struct LayerNorm {
  Variable<Scalar> x, gain, bias, y;
  std::span<Moments<Scalar>> moments;
  std::size_t columns;

  void compute(double epsilon) const {
    const auto from = x.value_rows();
    for (std::size_t row = 0; row < moments.size(); ++row) {
      const Scalar* const numbers = from.data + row * from.stride;
      moments[row] = moments_of(columns, numbers, epsilon);
      detail::transform_row(
          columns, [m = moments[row]](auto a, auto g, auto b) { return (a - m.mean) * m.inverse_deviation * g + b; },
          {y.writable() + row * columns, true}, numbers, gain.value().data(), bias.value().data());
    }
  }

  /// With x̂ = (x - μ) r and δ = dy ⊙ gain:  dx = r (δ - mean(δ) - x̂ mean(δ x̂)).
  void sweep_input() const {
    const auto from = x.value_rows();
    const auto to = x.gradient_rows();
    const Scalar *const arrived = y.upstream(), *const scale = gain.value().data();
    const auto count = static_cast<Scalar>(columns);
    for (std::size_t row = 0; row < moments.size(); ++row) {
      const auto [mean, r] = moments[row];
      const auto normal = [mean = mean, r = r](auto a) { return (a - mean) * r; };
      const auto along_normal = [=](auto d, auto g, auto a) { return d * g * normal(a); };
      const Scalar *const numbers = from.data + row * from.stride, *const dy = arrived + row * columns;
      const Scalar level = detail::sum_over(columns, detail::product_of_two, dy, scale) / count;
      const Scalar slope = detail::sum_over(columns, along_normal, dy, scale, numbers) / count;
      detail::transform_row(
          columns, [=, r = r](auto d, auto g, auto a) { return r * (d * g - level - normal(a) * slope); },
          {to.data + row * to.stride, to.fresh}, dy, scale, numbers);
    }
  }

  /// dgain = Σ dy ⊙ x̂ over rows
  void sweep_gain() const {
    const auto from = x.value_rows();
    const Scalar* const arrived = y.upstream();
    const auto sums = y.tape().template scratch<detail::Accumulator<Scalar>>(columns);
    std::fill(sums.begin(), sums.end(), detail::Accumulator<Scalar>{0});
    for (std::size_t row = 0; row < moments.size(); ++row) {
      const Scalar *const numbers = from.data + row * from.stride, *const dy = arrived + row * columns;
      const auto [mean, r] = moments[row];
      for (std::size_t i = 0; i < columns; ++i)
        sums[i] += static_cast<detail::Accumulator<Scalar>>(dy[i] * ((numbers[i] - mean) * r));
    }
    Scalar* const gradient = gain.gradient_sum();
    for (std::size_t i = 0; i < columns; ++i) gradient[i] += static_cast<Scalar>(sums[i]);
  }

  /// dbias = Σ dy over rows
  void sweep_bias() const { detail::add_column_sums(y.tape(), moments.size(), columns, y.upstream(), bias); }
};

}  // namespace

template <class Scalar>
Variable<Scalar> layer_norm(Variable<Scalar> x, Operand<Scalar> gain_operand, Operand<Scalar> bias_operand,
                            double epsilon) {
  const CalledFrom caller(x.tape(), gain_operand.where());
  expect_in("layer_norm", "epsilon", epsilon, normal_numbers<Scalar>());
  const auto gain = gain_operand.on(x.tape()), bias = bias_operand.on(x.tape());
  detail::expect_column_vector("layer_norm", "gain", gain.shape(), x.shape());
  detail::expect_column_vector("layer_norm", "bias", bias.shape(), x.shape());
  if (const auto* const picked = detail::picked_rows(x);
      picked != nullptr && picked->are_whole() && picked->tokens.size() > picked->table.shape()[0]) {
    detail::PickedRows<Scalar> rows = *picked;  // a copy: the note is not to be held on to while more is recorded
    rows.table = layer_norm<Scalar>(rows.table, gain, bias, epsilon);
    return detail::pick("layer_norm", rows, x.shape());
  }
  const auto y = x.tape().record("layer_norm", x.shape(), {x, gain, bias});
  const std::size_t columns = x.shape().back(), rows = columns == 0 ? 0 : x.shape().size() / columns;
  const LayerNorm<Scalar> norm{x, gain, bias, y, x.tape().template scratch<Moments<Scalar>>(rows), columns};
  norm.compute(epsilon);
  y.on_backward([norm] {
    if (norm.x.needs_gradient()) norm.sweep_input();
    if (norm.gain.needs_gradient()) norm.sweep_gain();
    if (norm.bias.needs_gradient()) norm.sweep_bias();
  });
  return y;
}

template Variable<float> layer_norm(Variable<float>, AnyOperand<float>, AnyOperand<float>, double);
template Variable<double> layer_norm(Variable<double>, AnyOperand<double>, AnyOperand<double>, double);
template Variable<DualNumber> layer_norm(Variable<DualNumber>, AnyOperand<DualNumber>, AnyOperand<DualNumber>, double);

}  // namespace unroll::inline v0
