#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/cells/recurrent_weights.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

void detail::refuse_gates(const char* weights, const char* tensor, std::size_t gates, std::size_t rows) {
  throw ArgumentError(
      fmt::format("{}: {} gates given of {} with {} rows, expected a number of gates that divides them "
                  "(are the weights of another kind of cell?)",
                  weights, gates, tensor, rows));
}

template <class Scalar>
RecurrentWeights<Scalar>::RecurrentWeights(const char* cell, const RecurrentSizes& sizes, const Random& random) {
  const auto [gates, inputs, hidden, recurrent_or_0] = sizes;
  const std::size_t recurrent = recurrent_or_0 == 0 ? hidden : recurrent_or_0;
  expect_sizes(cell, {{"gates", gates}, {"inputs", inputs}, {"hidden", hidden}, {"recurrent", recurrent}});
  expect_sizes(cell, {{"gates * hidden", gates * hidden}});
  const auto draw = [&](std::uint64_t stream, const Shape& shape) {
    return Parameter(uniform_fan_in<Scalar>(random.split(stream), shape, hidden));
  };
  input_weight = draw(0, {gates * hidden, inputs});
  hidden_weight = draw(1, {gates * hidden, recurrent});
  input_bias = draw(2, {gates * hidden});
  hidden_bias = draw(3, {gates * hidden});
}

template <class Scalar>
void RecurrentWeights<Scalar>::add_to_bias(std::size_t gates, std::size_t gate, double number) {
  const std::size_t hidden = hidden_size(gates);
  detail::expect_index("RecurrentWeights", "gate", gate, gates);
  for (std::size_t i = gate * hidden; i < (gate + 1) * hidden; ++i)
    input_bias.mutable_value()[i] += static_cast<Scalar>(number);
}

template struct RecurrentWeights<float>;
template struct RecurrentWeights<double>;
template struct RecurrentWeights<DualNumber>;

}  // namespace unroll::inline v0
