#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/cells/input_weights.hpp>

namespace unroll::inline v0 {

template <class Scalar>
InputWeights<Scalar>::InputWeights(const char* cell, const InputSizes& sizes, const Random& random) {
  const auto [gates, inputs, hidden] = sizes;
  expect_sizes(cell, {{"gates", gates}, {"inputs", inputs}, {"hidden", hidden}});
  expect_sizes(cell, {{"gates * hidden", gates * hidden}});
  input_weight = Parameter(uniform_fan_in<Scalar>(random.split(0), {gates * hidden, inputs}));
  input_bias = Parameter(uniform_fan_in<Scalar>(random.split(1), {gates * hidden}, inputs));
}

template <class Scalar>
void InputWeights<Scalar>::add_to_bias(std::size_t gates, std::size_t gate, double number) {
  const std::size_t hidden = hidden_size(gates);
  detail::expect_index("InputWeights", "gate", gate, gates);
  for (std::size_t i = gate * hidden; i < (gate + 1) * hidden; ++i)
    input_bias.mutable_value()[i] += static_cast<Scalar>(number);
}

template struct InputWeights<float>;
template struct InputWeights<double>;
template struct InputWeights<DualNumber>;

}  // namespace unroll::inline v0
