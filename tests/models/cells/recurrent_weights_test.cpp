#include "support/catch.hpp"
#include <unroll/models/cells/recurrent_weights.hpp>

#include <algorithm>
#include <cmath>

using namespace unroll;

TEST_CASE("recurrent weights have PyTorch's shapes and start evenly within 1/√H", "[recurrent-weights]") {
  const RecurrentWeights<double> weights("Cell", {.gates = 4, .inputs = 3, .hidden = 25}, Random(1));
  CHECK(weights.input_weight.shape() == Shape{100, 3});
  CHECK(weights.hidden_weight.shape() == Shape{100, 25});
  CHECK(weights.input_bias.shape() == Shape{100});
  CHECK(weights.hidden_bias.shape() == Shape{100});
  CHECK(weights.hidden_size(4) == 25);
  double largest = 0, sum = 0;
  for (const double number : weights.hidden_weight.value())
    largest = std::max(largest, std::abs(number)), sum += number;
  CHECK(largest <= 0.2);
  CHECK(largest > 0.199);
  CHECK(std::abs(sum / 2500) < 0.01);
  CHECK_FALSE(weights.input_bias.value() == weights.hidden_bias.value());
}

TEST_CASE("recurrent weights of a projected cell take its own width of hidden state", "[recurrent-weights]") {
  RecurrentWeights<> weights("Cell", {.gates = 3, .inputs = 2, .hidden = 4, .recurrent = 5}, Random(1));
  CHECK(weights.hidden_weight.shape() == Shape{12, 5});
  CHECK(weights.hidden_size(3) == 4);
  const auto before = weights.input_bias.value();
  weights.add_to_bias(3, 1, 2);
  for (std::size_t i = 0; i < 12; ++i)
    CHECK(weights.input_bias.value()[i] == before[i] + (i >= 4 && i < 8 ? 2.0f : 0.0f));
}
