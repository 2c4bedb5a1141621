#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/layers/linear.hpp>

namespace unroll::inline v0 {

template <class Scalar>
Linear<Scalar>::Linear(const LinearOptions& options, const Random& random) {
  expect_sizes("Linear", {{"inputs", options.inputs}, {"outputs", options.outputs}});
  weight = Parameter(uniform_fan_in<Scalar>(random.split(0), {options.outputs, options.inputs}));
  bias = Parameter(uniform_fan_in<Scalar>(random.split(1), {options.outputs}, options.inputs));
}

template struct Linear<float>;
template struct Linear<double>;
template struct Linear<DualNumber>;

}  // namespace unroll::inline v0
