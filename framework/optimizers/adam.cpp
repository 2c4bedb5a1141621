#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/root_epsilon.hpp>

#include <cmath>
#include <limits>

namespace unroll::inline v0 {

namespace {

void check_moments(const char* name, double beta_1, double beta_2, double epsilon) {
  expect_in(name, "beta_1", beta_1, below_one);
  expect_in(name, "beta_2", beta_2, below_one);
  expect_in(name, "epsilon", epsilon, {.low = 1e-30, .high = 1e30});
}

/// Adam's step with both kinds of weight decay: Adam gives a shrinkage of 0, AdamW a gradient decay of 0.
template <class Options, class Scalar>
void adam_step(const Options& options, const OptimizerStep<Scalar>& step, double shrinkage, double gradient_decay) {
  const auto number = static_cast<double>(step.number);
  const double correction_1 = 1 - std::pow(options.beta_1, number), correction_2 = 1 - std::pow(options.beta_2, number);
  // 1 - beta before rounding: in float, 1 - 0.999 is off by 5e-5.
  const auto beta_1 = static_cast<Scalar>(options.beta_1), rest_1 = static_cast<Scalar>(1 - options.beta_1),
             beta_2 = static_cast<Scalar>(options.beta_2), rest_2 = static_cast<Scalar>(1 - options.beta_2),
             rate = static_cast<Scalar>(step.learning_rate / correction_1),
             root_scale = static_cast<Scalar>(1 / std::sqrt(correction_2)),
             epsilon = detail::root_epsilon<Scalar>(options.epsilon, 1 - options.beta_2),
             keep = static_cast<Scalar>(1 - shrinkage), decay = static_cast<Scalar>(gradient_decay);
  for_each_element<2>(step, [=](Scalar& value, Scalar gradient, Scalar& first_moment, Scalar& second_moment) {
    value *= keep;
    gradient += decay * value;
    first_moment = beta_1 * first_moment + rest_1 * gradient;
    second_moment = beta_2 * second_moment + rest_2 * gradient * gradient;
    value -= rate * first_moment / (std::sqrt(second_moment) * root_scale + epsilon);
  });
}

}  // namespace

void AdamRule::check(const Options& options) { check_moments(name, options.beta_1, options.beta_2, options.epsilon); }
void AdamWRule::check(const Options& options) { check_moments(name, options.beta_1, options.beta_2, options.epsilon); }

std::vector<std::string> AdamRule::state(const Options&) { return {"first_moment", "second_moment"}; }
std::vector<std::string> AdamWRule::state(const Options&) { return {"first_moment", "second_moment"}; }

template <class Scalar>
void AdamRule::apply(const Options& options, const OptimizerStep<Scalar>& step) {
  adam_step(options, step, 0, step.weight_decay);
}
template <class Scalar>
void AdamWRule::apply(const Options& options, const OptimizerStep<Scalar>& step) {
  adam_step(options, step, step.learning_rate * step.weight_decay, 0);
}

/// The mean of squares is never above the largest square. The half leaves room for what weight decay adds.
template <class Scalar>
Scalar AdamRule::harmless_gradient(const Options&) {
  return std::sqrt(std::numeric_limits<Scalar>::max()) / 2;
}
template <class Scalar>
Scalar AdamWRule::harmless_gradient(const Options&) {
  return std::sqrt(std::numeric_limits<Scalar>::max()) / 2;
}

template float AdamRule::harmless_gradient(const Options&);
template double AdamRule::harmless_gradient(const Options&);
template float AdamWRule::harmless_gradient(const Options&);
template double AdamWRule::harmless_gradient(const Options&);
template void AdamRule::apply(const Options&, const OptimizerStep<float>&);
template void AdamRule::apply(const Options&, const OptimizerStep<double>&);
template void AdamWRule::apply(const Options&, const OptimizerStep<float>&);
template void AdamWRule::apply(const Options&, const OptimizerStep<double>&);

}  // namespace unroll::inline v0
