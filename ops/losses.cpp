#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/losses.hpp>
#include <unroll/ops/map.hpp>

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <type_traits>

namespace unroll::inline v0 {

namespace {

/// Σ each(x, t) / divisor in double, for a loss or a sum that is beyond a float.
template <class Scalar>
Scalar reduced_in_double(TensorView<const Scalar> x, TensorView<const Scalar> t, double divisor, const auto& each) {
  std::array<double, Lanes<double>::count> loss;
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    each(Lanes<double>(x[i]), Lanes<double>(t[i])).store(loss.data());
    sum += loss[0];
  }
  return static_cast<Scalar>(sum / divisor);
}

/// Reduces the losses `each(prediction, target)` of all elements that count to one number.
template <class Scalar>
Variable<Scalar> reduced(const char* operation, Variable<Scalar> predictions, const AnyOperand<Scalar>& targets,
                         const LossOptions& options, const auto& each) {
  Variable<Scalar> expected = targets.on(predictions.tape());
  expect_same_shape(operation, predictions.shape(), expected.shape());
  if (!options.lengths.empty()) {
    expect_lengths(operation, predictions.shape(), options.lengths);
    predictions = existing_steps(predictions, options.lengths);
    expected = existing_steps(expected, options.lengths);
  }
  const auto loss = reduce(operation, map(operation, each, predictions, expected), options.reduction);
  if constexpr (std::is_same_v<Scalar, float>)
    if (!std::isfinite(loss.item())) {
      const double count = options.reduction == Reduction::mean ? static_cast<double>(predictions.shape().size()) : 1;
      *loss.writable() = reduced_in_double(predictions.value(), expected.value(), count, each);
    }
  return loss;
}

}  // namespace

template <class Scalar>
Variable<Scalar> binary_cross_entropy(Variable<Scalar> logits, Operand<Scalar> targets, LossOptions options) {
  const CalledFrom caller(logits.tape(), targets.site());
  // log(1 + e^x) - t x, with log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
  return reduced("binary_cross_entropy", logits, targets, options, [](auto x, auto t) {
    return where(x > 0, x, decltype(x)(0)) - t * x + log1p(exp(where(x > 0, -x, x)));
  });
}

template <class Scalar>
Variable<Scalar> mean_squared_error(Variable<Scalar> predictions, Operand<Scalar> targets, LossOptions options) {
  const CalledFrom caller(predictions.tape(), targets.site());
  return reduced("mean_squared_error", predictions, targets, options, [](auto x, auto t) { return (x - t) * (x - t); });
}

template <class Scalar>
Variable<Scalar> mean_absolute_error(Variable<Scalar> predictions, Operand<Scalar> targets, LossOptions options) {
  const CalledFrom caller(predictions.tape(), targets.site());
  return reduced("mean_absolute_error", predictions, targets, options, [](auto x, auto t) { return abs(x - t); });
}

template <class Scalar>
Variable<Scalar> huber(Variable<Scalar> predictions, Operand<Scalar> targets, std::type_identity_t<Scalar> delta,
                       LossOptions options) {
  const CalledFrom caller(predictions.tape(), targets.site());
  if (!(delta > 0))
    throw ArgumentError(fmt::format("huber: delta {} given, expected more than 0", detail::value_of(delta)));
  return reduced("huber", predictions, targets, options, [delta](auto x, auto t) {
    const auto error = abs(x - t);
    return where(error <= delta, 0.5 * error * error, delta * (error - delta / 2));
  });
}

#define UNROLL_INSTANTIATE(Scalar)                                                                   \
  template Variable<Scalar> binary_cross_entropy(Variable<Scalar>, AnyOperand<Scalar>, LossOptions); \
  template Variable<Scalar> mean_squared_error(Variable<Scalar>, AnyOperand<Scalar>, LossOptions);   \
  template Variable<Scalar> mean_absolute_error(Variable<Scalar>, AnyOperand<Scalar>, LossOptions);  \
  template Variable<Scalar> huber(Variable<Scalar>, AnyOperand<Scalar>, std::type_identity_t<Scalar>, LossOptions);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
