#include <unroll/models/recurrent_weights.hpp>
#include <unroll/models/sizes.hpp>

#include <cmath>

namespace unroll::inline v0 {

template <class Scalar>
RecurrentWeights<Scalar>::RecurrentWeights(const char* cell, std::size_t gates, std::size_t inputs, std::size_t hidden,
                                           const Random& random) {
  expect_sizes(cell, {{"inputs", inputs}, {"hidden", hidden}});
  const double limit = 1 / std::sqrt(static_cast<double>(hidden));
  const auto draw = [&](std::uint64_t stream, const Shape& shape) {
    return Parameter(uniform<Scalar>(random.split(stream), shape, -limit, limit));
  };
  input_weight = draw(0, {gates * hidden, inputs});
  hidden_weight = draw(1, {gates * hidden, hidden});
  input_bias = draw(2, {gates * hidden});
  hidden_bias = draw(3, {gates * hidden});
}

template struct RecurrentWeights<float>;
template struct RecurrentWeights<double>;
template struct RecurrentWeights<DualNumber>;

}  // namespace unroll::inline v0
