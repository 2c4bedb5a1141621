#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/weight_noise.hpp>

#include <cstddef>

namespace unroll::inline v0 {

template <class Scalar>
WeightNoise<Scalar>::WeightNoise(double deviation) : deviation_(deviation) {
  expect_in("weight_noise", "deviation", deviation, not_negative);
}

template <class Scalar>
void WeightNoise<Scalar>::add(const Parameters<Scalar>& parameters, const Random& random) {
  if (deviation_ == 0) return;
  if (added_) throw ArgumentError("weight_noise: there is noise already (was remove(parameters) forgotten?)");
  values_.resize(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Parameter<Scalar>& parameter = *parameters[i].parameter;
    if (parameter.frozen) continue;
    values_[i].assign(parameter.value());
    const Random stream = random.split(i);
    const auto value = parameter.mutable_value();
    for (std::size_t k = 0; k < values_[i].size(); ++k)
      value->data()[k] += static_cast<Scalar>(deviation_ * stream.normal(k));
  }
  added_ = true;
}

template <class Scalar>
void WeightNoise<Scalar>::remove(const Parameters<Scalar>& parameters) {
  if (!added_) return;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (!parameters[i].parameter->frozen) parameters[i].parameter->mutable_value()->assign(values_[i]);
  added_ = false;
}

template class WeightNoise<float>;
template class WeightNoise<double>;

}  // namespace unroll::inline v0
