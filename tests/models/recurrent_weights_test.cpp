#include "support/catch.hpp"
#include <unroll/models/recurrent_weights.hpp>

#include <algorithm>
#include <cmath>

using namespace unroll;

TEST_CASE("recurrent weights have PyTorch's shapes and start evenly within 1/√H", "[recurrent-weights]") {
  const RecurrentWeights<double> weights("Cell", 4, 3, 25, Random(1));
  CHECK(weights.input_weight.shape() == Shape{100, 3});
  CHECK(weights.hidden_weight.shape() == Shape{100, 25});
  CHECK(weights.input_bias.shape() == Shape{100});
  CHECK(weights.hidden_bias.shape() == Shape{100});
  CHECK(weights.hidden_size() == 25);
  double largest = 0, sum = 0;
  for (const double number : weights.hidden_weight.value())
    largest = std::max(largest, std::abs(number)), sum += number;
  CHECK(largest <= 0.2);
  CHECK(largest > 0.199);
  CHECK(std::abs(sum / 2500) < 0.01);
  CHECK_FALSE(weights.input_bias.value() == weights.hidden_bias.value());
}
