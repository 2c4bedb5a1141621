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
  if (added_) throw ArgumentError("weight_noise: there is noise already (was remove() forgotten?)");
  kept_.resize(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Parameter<Scalar>* const parameter = parameters[i].parameter;
    kept_[i].parameter = parameter->frozen ? nullptr : parameter;
    if (!parameter->frozen) kept_[i].value.assign(parameter->value());
  }
  added_ = true;  // all values are kept: from here on remove can give them back
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (kept_[i].parameter == nullptr) continue;
    const Random stream = random.split(i);
    const auto value = kept_[i].parameter->mutable_value();
    Scalar* const numbers = value->data();
    for (std::size_t k = 0; k < kept_[i].value.size(); ++k)
      numbers[k] += static_cast<Scalar>(deviation_ * stream.normal(k));
  }
}

template <class Scalar>
void WeightNoise<Scalar>::remove() {
  if (!added_) return;
  for (const Kept& kept : kept_)
    if (kept.parameter != nullptr) kept.parameter->mutable_value()->assign(kept.value);
  added_ = false;
}

template class WeightNoise<float>;
template class WeightNoise<double>;

}  // namespace unroll::inline v0
