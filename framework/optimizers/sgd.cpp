#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/sgd.hpp>

#include <algorithm>
#include <limits>

namespace unroll::inline v0 {

void SgdRule::check(const Options& options) {
  expect_in(name, "momentum", options.momentum, below_one);
  if (options.nesterov && options.momentum == 0)
    throw ArgumentError("sgd: nesterov is on and momentum is 0, expected a number in (0, 1)");
}

std::vector<std::string> SgdRule::state(const Options& options) {
  if (options.momentum == 0) return {};
  return {"velocity"};
}

template <class Scalar>
void SgdRule::apply(const Options& options, const OptimizerStep<Scalar>& step) {
  const auto rate = static_cast<Scalar>(step.learning_rate), decay = static_cast<Scalar>(step.weight_decay),
             momentum = static_cast<Scalar>(options.momentum);
  if (options.momentum == 0)
    for_each_element<0>(step, [=](Scalar& value, Scalar gradient) { value -= rate * (gradient + decay * value); });
  else if (options.nesterov)
    for_each_element<1>(step, [=](Scalar& value, Scalar gradient, Scalar& velocity) {
      gradient += decay * value;
      velocity = momentum * velocity + gradient;
      value -= rate * (gradient + momentum * velocity);
    });
  else
    for_each_element<1>(step, [=](Scalar& value, Scalar gradient, Scalar& velocity) {
      velocity = momentum * velocity + (gradient + decay * value);
      value -= rate * velocity;
    });
}

/// Below this bound a gradient cannot make a value or a velocity overflow: numbers that large would round it away.
template <class Scalar>
Scalar SgdRule::harmless_gradient(const Options& options) {
  const Scalar rounded_away = std::numeric_limits<Scalar>::max() * std::numeric_limits<Scalar>::epsilon() / 4;
  return rounded_away / std::max(Scalar{1}, static_cast<Scalar>(options.learning_rate));
}

template float SgdRule::harmless_gradient(const Options&);
template double SgdRule::harmless_gradient(const Options&);
template void SgdRule::apply(const Options&, const OptimizerStep<float>&);
template void SgdRule::apply(const Options&, const OptimizerStep<double>&);

}  // namespace unroll::inline v0
