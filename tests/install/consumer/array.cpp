// The edge to xtensor in a file of its own: an expression becomes a Tensor.
#include <unroll/framework/tensor/xtensor.hpp>

double twice_through_xtensor(double number) {
  const xt::xarray<double> numbers{number};
  return unroll::to_tensor(2. * numbers)[0];
}
