#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/optimizers/rmsprop.hpp>
#include <unroll/framework/optimizers/root_epsilon.hpp>

#include <cmath>
#include <limits>

namespace unroll::inline v0 {

void RmsPropRule::check(const Options& options) {
  expect_in(name, "decay", options.decay, below_one);
  expect_in(name, "momentum", options.momentum, below_one);
  expect_in(name, "epsilon", options.epsilon, {.low = 1e-30, .high = 1e30});
}

std::vector<std::string> RmsPropRule::state(const Options& options) {
  std::vector<std::string> names = {"mean_square"};
  if (options.centered) names.push_back("mean_gradient");
  if (options.momentum > 0) names.push_back("velocity");
  return names;
}

template <class Scalar>
void RmsPropRule::apply(const Options& options, const OptimizerStep<Scalar>& step) {
  const auto rate = static_cast<Scalar>(step.learning_rate), weight_decay = static_cast<Scalar>(step.weight_decay),
             decay = static_cast<Scalar>(options.decay), rest = static_cast<Scalar>(1 - options.decay),
             epsilon = detail::root_epsilon<Scalar>(options.epsilon, 1 - options.decay),
             momentum = static_cast<Scalar>(options.momentum);
  const auto plain = [=](Scalar gradient, Scalar& mean_square) {
    mean_square = decay * mean_square + rest * gradient * gradient;
    return gradient / (std::sqrt(mean_square) + epsilon);
  };
  const auto centered = [=](Scalar gradient, Scalar& mean_square, Scalar& mean_gradient) {
    mean_square = decay * mean_square + rest * gradient * gradient;
    mean_gradient = decay * mean_gradient + rest * gradient;
    // The variance of a constant gradient may round to a little below 0, and its root would be NaN.
    const Scalar variance = mean_square - mean_gradient * mean_gradient;
    return gradient / (std::sqrt(variance > 0 ? variance : Scalar{0}) + epsilon);
  };
  if (options.centered && options.momentum > 0)
    for_each_element<3>(step, [=](Scalar& value, Scalar gradient, Scalar& square, Scalar& mean, Scalar& velocity) {
      velocity = momentum * velocity + centered(gradient + weight_decay * value, square, mean);
      value -= rate * velocity;
    });
  else if (options.centered)
    for_each_element<2>(step, [=](Scalar& value, Scalar gradient, Scalar& square, Scalar& mean) {
      value -= rate * centered(gradient + weight_decay * value, square, mean);
    });
  else if (options.momentum > 0)
    for_each_element<2>(step, [=](Scalar& value, Scalar gradient, Scalar& square, Scalar& velocity) {
      velocity = momentum * velocity + plain(gradient + weight_decay * value, square);
      value -= rate * velocity;
    });
  else
    for_each_element<1>(step, [=](Scalar& value, Scalar gradient, Scalar& square) {
      value -= rate * plain(gradient + weight_decay * value, square);
    });
}

/// The mean of squares is never above the largest square. The half leaves room for what weight decay adds.
template <class Scalar>
Scalar RmsPropRule::harmless_gradient(const Options&) {
  return std::sqrt(std::numeric_limits<Scalar>::max()) / 2;
}

template float RmsPropRule::harmless_gradient(const Options&);
template double RmsPropRule::harmless_gradient(const Options&);
template void RmsPropRule::apply(const Options&, const OptimizerStep<float>&);
template void RmsPropRule::apply(const Options&, const OptimizerStep<double>&);

}  // namespace unroll::inline v0
