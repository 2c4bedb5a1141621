#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/losses.hpp>
#include <unroll/ops/map.hpp>

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>
#include <tuple>
#include <type_traits>

namespace unroll::inline v0 {

namespace {

/// Σ each(x, t, ...) / divisor in double, for a loss or a sum that is beyond a float.
template <std::size_t n>
float reduced_in_double(const std::array<Variable<float>, n>& operands, double divisor, const auto& each) {
  const auto values = std::apply([](const auto&... x) { return std::array{x.value()...}; }, operands);
  std::array<double, Lanes<double>::count> loss;
  double sum = 0;
  for (std::size_t i = 0; i < operands[0].shape().size(); ++i) {
    std::apply([&](auto... x) { each(Lanes<double>(x[i])...).store(loss.data()); }, values);
    sum += loss[0];
  }
  return static_cast<float>(sum / divisor);
}

/// By what `reduce` divides the sum over x.
double divisor_of(Reduction reduction, const Shape& x) {
  if (reduction == Reduction::sum) return 1;
  return static_cast<double>(reduction == Reduction::mean ? x.size() : x[0]);
}

/// Reduces the losses `each(prediction, target, ...)` of all elements that count to one number.
template <class Scalar, class... Operands>
Variable<Scalar> reduced(const char* operation, const LossOptions& options, const auto& each,
                         Variable<Scalar> predictions, const Operands&... others) {
  std::array operands{predictions, others.on(predictions.tape())...};
  for (const auto& other : operands) expect_same_shape(operation, predictions.shape(), other.shape());
  if (!options.lengths.empty() || options.reduction == Reduction::sum_per_step) {
    expect_lengths(operation, predictions.shape(), options.lengths);
    for (auto& operand : operands) operand = existing_steps(operand, options.lengths);
  }
  const auto losses = std::apply([&](auto... x) { return map(operation, each, x...); }, operands);
  const auto loss = reduce(operation, losses, options.reduction);
  if constexpr (std::is_same_v<Scalar, float>)
    if (!std::isfinite(loss.item()))
      *loss.writable() = reduced_in_double(operands, divisor_of(options.reduction, losses.shape()), each);
  return loss;
}

}  // namespace

template <class Scalar>
Variable<Scalar> binary_cross_entropy(Variable<Scalar> logits, Operand<Scalar> targets, LossOptions options) {
  const CalledFrom caller(logits.tape(), targets.site());
  // log(1 + e^x) - t x, with log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
  return reduced(
      "binary_cross_entropy", options,
      [](auto x, auto t) { return where(x > 0, x, decltype(x)(0)) - t * x + log1p(exp(where(x > 0, -x, x))); }, logits,
      targets);
}

template <class Scalar>
Variable<Scalar> mean_squared_error(Variable<Scalar> predictions, Operand<Scalar> targets, LossOptions options) {
  const CalledFrom caller(predictions.tape(), targets.site());
  return reduced(
      "mean_squared_error", options, [](auto x, auto t) { return (x - t) * (x - t); }, predictions, targets);
}

template <class Scalar>
Variable<Scalar> mean_absolute_error(Variable<Scalar> predictions, Operand<Scalar> targets, LossOptions options) {
  const CalledFrom caller(predictions.tape(), targets.site());
  return reduced(
      "mean_absolute_error", options, [](auto x, auto t) { return abs(x - t); }, predictions, targets);
}

template <class Scalar>
Variable<Scalar> huber(Variable<Scalar> predictions, Operand<Scalar> targets, std::type_identity_t<Scalar> delta,
                       LossOptions options) {
  const CalledFrom caller(predictions.tape(), targets.site());
  if (!(delta > 0))
    throw ArgumentError(fmt::format("huber: delta {} given, expected more than 0", detail::value_of(delta)));
  return reduced(
      "huber", options,
      [delta](auto x, auto t) {
        const auto error = abs(x - t);
        return where(error <= delta, 0.5 * error * error, delta * (error - delta / 2));
      },
      predictions, targets);
}

template <class Scalar>
Variable<Scalar> quantile_loss(Variable<Scalar> predictions, Operand<Scalar> targets, double quantile,
                               LossOptions options) {
  const CalledFrom caller(predictions.tape(), targets.site());
  expect_in("quantile_loss", "quantile", quantile, {.high = 1, .open_low = true, .open_high = true});
  const auto above = static_cast<Scalar>(quantile), below = static_cast<Scalar>(1 - quantile);
  return reduced(
      "quantile_loss", options,
      [above, below](auto x, auto t) {
        const auto slope = where(t > x, decltype(x)(above), where(t == x, decltype(x)(0), decltype(x)(-below)));
        return slope * (t - x);
      },
      predictions, targets);
}

template <class Scalar>
Variable<Scalar> gaussian_negative_log_likelihood(Variable<Scalar> means, Operand<Scalar> log_variances,
                                                  Operand<Scalar> targets, LossOptions options) {
  const CalledFrom caller(means.tape(), targets.site());
  return reduced(
      "gaussian_negative_log_likelihood", options,
      [](auto mean, auto log_variance, auto target) {
        const auto half = 0.5 * mean - 0.5 * target;  // of the error, which itself may overflow
        const auto scaled = half * exp(-0.5 * log_variance);
        // No error is none, also where the inverse of the deviation is infinite and the product with it NaN.
        const auto finite = where((half == 0) & (scaled != scaled), decltype(scaled)(0), scaled);
        return 2 * finite * finite + (0.5 * log_variance + 0.5 * std::log(2 * std::numbers::pi));
      },
      means, log_variances, targets);
}

#define UNROLL_INSTANTIATE(Scalar)                                                                                     \
  template Variable<Scalar> binary_cross_entropy(Variable<Scalar>, AnyOperand<Scalar>, LossOptions);                   \
  template Variable<Scalar> mean_squared_error(Variable<Scalar>, AnyOperand<Scalar>, LossOptions);                     \
  template Variable<Scalar> mean_absolute_error(Variable<Scalar>, AnyOperand<Scalar>, LossOptions);                    \
  template Variable<Scalar> huber(Variable<Scalar>, AnyOperand<Scalar>, std::type_identity_t<Scalar>, LossOptions);    \
  template Variable<Scalar> quantile_loss(Variable<Scalar>, AnyOperand<Scalar>, double, LossOptions);                  \
  template Variable<Scalar> gaussian_negative_log_likelihood(Variable<Scalar>, AnyOperand<Scalar>, AnyOperand<Scalar>, \
                                                             LossOptions);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
