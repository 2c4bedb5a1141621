#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/cells/input_weights.hpp>

#include <algorithm>
#include <cmath>

using namespace unroll;

TEST_CASE("input weights have a block of rows for each gate, and start evenly within 1/√D", "[input-weights]") {
  const InputWeights<double> weights("Cell", {.gates = 3, .inputs = 25, .hidden = 40}, Random(1));
  CHECK(weights.input_weight.shape() == Shape{120, 25});
  CHECK(weights.input_bias.shape() == Shape{120});
  CHECK(weights.hidden_size(3) == 40);
  double largest = 0, largest_bias = 0, sum = 0;
  for (const double number : weights.input_weight.value()) largest = std::max(largest, std::abs(number)), sum += number;
  for (const double number : weights.input_bias.value()) largest_bias = std::max(largest_bias, std::abs(number));
  CHECK(largest <= 0.2);
  CHECK(largest > 0.199);
  CHECK(largest_bias <= 0.2);
  CHECK(largest_bias > 0.19);
  CHECK(std::abs(sum / 3000) < 0.01);
}

TEST_CASE("a number is added to the bias of one gate of input weights", "[input-weights]") {
  InputWeights<> weights("Cell", {.gates = 3, .inputs = 2, .hidden = 4}, Random(1));
  const auto before = weights.input_bias.value();
  weights.add_to_bias(3, 1, 2);
  for (std::size_t i = 0; i < 12; ++i)
    CHECK(weights.input_bias.value()[i] == before[i] + (i >= 4 && i < 8 ? 2.0f : 0.0f));
}

TEST_CASE("input weights of another number of gates are refused", "[input-weights][error]") {
  const InputWeights<> weights("Cell", {.gates = 3, .inputs = 2, .hidden = 5}, Random(1));
  CHECK(message_of<ArgumentError>([&] { weights.hidden_size(2); })
        == "InputWeights: 2 gates given of input_weight with 15 rows, expected a number of gates that divides them (are "
           "the weights of another kind of cell?)");
}
