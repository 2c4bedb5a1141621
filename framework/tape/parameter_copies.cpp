#include <unroll/framework/tape/parameter_copies.hpp>

#include <algorithm>

namespace unroll::inline v0 {

template <class Scalar>
void ParameterCopies<Scalar>::take(const Parameters<Scalar>& parameters) {
  copies_.resize(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter<Scalar>& parameter = *parameters[i].parameter;
    copies_[i].parameter = &parameter;
    copies_[i].version = parameter.version();
    copies_[i].value.assign(parameter.value());
  }
}

template <class Scalar>
bool ParameterCopies<Scalar>::are_of(const Parameters<Scalar>& parameters) const {
  return copies_.size() == parameters.size()
         && std::equal(copies_.begin(), copies_.end(), parameters.begin(), [](const Copy& copy, const auto& named) {
              return copy.parameter == named.parameter && copy.version == named.parameter->version();
            });
}

template <class Scalar>
std::size_t ParameterCopies<Scalar>::bytes() const {
  std::size_t sum = 0;
  for (const Copy& copy : copies_) sum += copy.value.size() * sizeof(Scalar);
  return sum;
}

template <class Scalar>
const Scalar* ParameterCopies<Scalar>::find(const Parameter<Scalar>& parameter, std::uint64_t version) const {
  const auto found = std::find_if(copies_.begin(), copies_.end(), [&](const Copy& copy) {
    return copy.parameter == &parameter && copy.version == version;
  });
  return found == copies_.end() ? nullptr : found->value.data();
}

template class ParameterCopies<float>;
template class ParameterCopies<double>;
template class ParameterCopies<DualNumber>;

}  // namespace unroll::inline v0
