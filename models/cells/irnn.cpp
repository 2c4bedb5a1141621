#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/cells/irnn.hpp>

namespace unroll::inline v0 {

template <class Scalar>
RnnCell<Scalar, activation::Relu> irnn(const IrnnOptions& options, const Random& random) {
  expect_in("irnn", "scale", options.scale, finite_numbers<Scalar>());
  expect_in("irnn", "input_deviation", options.input_deviation, {.high = finite_numbers<Scalar>().high});
  const std::size_t hidden = options.hidden;
  RnnCell<Scalar, activation::Relu> cell({.inputs = options.inputs, .hidden = hidden}, random);
  auto& weights = cell.weights;
  weights.input_weight =
      Parameter(normal<Scalar>(random.split(0), {hidden, options.inputs}, 0, options.input_deviation));
  weights.hidden_weight = Parameter(identity<Scalar>({hidden, hidden}, options.scale));
  weights.input_bias = weights.hidden_bias = Parameter(Tensor<Scalar>({hidden}));
  return cell;
}

template RnnCell<float, activation::Relu> irnn(const IrnnOptions&, const Random&);
template RnnCell<double, activation::Relu> irnn(const IrnnOptions&, const Random&);

}  // namespace unroll::inline v0
