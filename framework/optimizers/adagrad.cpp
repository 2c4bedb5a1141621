#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/optimizers/adagrad.hpp>
#include <unroll/framework/optimizers/root_epsilon.hpp>

#include <cmath>
#include <limits>

namespace unroll::inline v0 {

void AdagradRule::check(const Options& options) {
  expect_in(name, "epsilon", options.epsilon, {.low = 1e-30, .high = 1e30});
}

std::vector<std::string> AdagradRule::state(const Options&) { return {"sum_of_squares"}; }

template <class Scalar>
void AdagradRule::apply(const Options& options, const OptimizerStep<Scalar>& step) {
  const auto rate = static_cast<Scalar>(step.learning_rate), decay = static_cast<Scalar>(step.weight_decay),
             epsilon = detail::root_epsilon<Scalar>(options.epsilon, 1);
  for_each_element<1>(step, [=](Scalar& value, Scalar gradient, Scalar& sum_of_squares) {
    gradient += decay * value;
    sum_of_squares += gradient * gradient;
    value -= rate * gradient / (std::sqrt(sum_of_squares) + epsilon);
  });
}

/// Below this bound the square of a gradient cannot make a sum overflow: a sum that large would round it away.
template <class Scalar>
Scalar AdagradRule::harmless_gradient(const Options&) {
  constexpr Scalar epsilon = std::numeric_limits<Scalar>::epsilon();
  return std::sqrt(std::numeric_limits<Scalar>::max() * epsilon) / 4;
}

template float AdagradRule::harmless_gradient(const Options&);
template double AdagradRule::harmless_gradient(const Options&);
template void AdagradRule::apply(const Options&, const OptimizerStep<float>&);
template void AdagradRule::apply(const Options&, const OptimizerStep<double>&);

}  // namespace unroll::inline v0
