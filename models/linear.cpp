#include <unroll/models/linear.hpp>
#include <unroll/models/sizes.hpp>

#include <cmath>

namespace unroll::inline v0 {

template <class Scalar>
Linear<Scalar>::Linear(const LinearOptions& options, const Random& random) {
  expect_sizes("Linear", {{"inputs", options.inputs}, {"outputs", options.outputs}});
  const double limit = 1 / std::sqrt(static_cast<double>(options.inputs));
  weight = Parameter(uniform<Scalar>(random.split(0), {options.outputs, options.inputs}, -limit, limit));
  bias = Parameter(uniform<Scalar>(random.split(1), {options.outputs}, -limit, limit));
}

template struct Linear<float>;
template struct Linear<double>;
template struct Linear<DualNumber>;

}  // namespace unroll::inline v0
