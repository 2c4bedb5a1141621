#include <unroll/framework/error.hpp>
#include <unroll/ops/losses.hpp>
#include <unroll/ops/map.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

template <class Scalar>
Variable<Scalar> binary_cross_entropy(Variable<Scalar> logits, Operand<Scalar> targets, LossOptions options) {
  const CalledFrom caller(logits.tape(), targets.where());
  // log(1 + e^x) - t x, with log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
  const auto each = map(
      "binary_cross_entropy",
      [](auto x, auto t) { return where(x > 0, x, decltype(x)(0)) - t * x + log1p(exp(where(x > 0, -x, x))); }, logits,
      targets.on(logits.tape()));
  return reduce("binary_cross_entropy", each, options.reduction);
}

template <class Scalar>
Variable<Scalar> mean_squared_error(Variable<Scalar> predictions, Operand<Scalar> targets, LossOptions options) {
  const CalledFrom caller(predictions.tape(), targets.where());
  const auto each = map(
      "mean_squared_error", [](auto x, auto t) { return (x - t) * (x - t); }, predictions,
      targets.on(predictions.tape()));
  return reduce("mean_squared_error", each, options.reduction);
}

template <class Scalar>
Variable<Scalar> mean_absolute_error(Variable<Scalar> predictions, Operand<Scalar> targets, LossOptions options) {
  const CalledFrom caller(predictions.tape(), targets.where());
  const auto each = map(
      "mean_absolute_error", [](auto x, auto t) { return abs(x - t); }, predictions, targets.on(predictions.tape()));
  return reduce("mean_absolute_error", each, options.reduction);
}

template <class Scalar>
Variable<Scalar> huber(Variable<Scalar> predictions, Operand<Scalar> targets, std::type_identity_t<Scalar> delta,
                       LossOptions options) {
  const CalledFrom caller(predictions.tape(), targets.where());
  if (!(delta > 0)) throw ArgumentError(fmt::format("huber: delta {} given, expected more than 0", delta));
  const auto each = map(
      "huber",
      [delta](auto x, auto t) {
        const auto error = abs(x - t);
        return where(error <= delta, 0.5 * error * error, delta * (error - delta / 2));
      },
      predictions, targets.on(predictions.tape()));
  return reduce("huber", each, options.reduction);
}

#define UNROLL_INSTANTIATE(Scalar)                                                                   \
  template Variable<Scalar> binary_cross_entropy(Variable<Scalar>, AnyOperand<Scalar>, LossOptions); \
  template Variable<Scalar> mean_squared_error(Variable<Scalar>, AnyOperand<Scalar>, LossOptions);   \
  template Variable<Scalar> mean_absolute_error(Variable<Scalar>, AnyOperand<Scalar>, LossOptions);  \
  template Variable<Scalar> huber(Variable<Scalar>, AnyOperand<Scalar>, std::type_identity_t<Scalar>, LossOptions);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)

}  // namespace unroll::inline v0
