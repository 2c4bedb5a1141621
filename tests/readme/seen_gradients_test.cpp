#include "support/catch.hpp"
#include <unroll/models/analysis/gradient_flow.hpp>
#include <unroll/models/cells/rnn_cell.hpp>
#include <unroll/ops/losses.hpp>

#include <string>

using namespace unroll;

// inputs [T, N, D], targets [T, N, H]
std::string what_becomes_of_gradients(const RnnCell<>& cell, const Tensor<>& inputs, const Tensor<>& targets) {
  const GradientFlow flow =
      gradient_flow(cell, inputs, [&](auto outputs) { return mean_squared_error(outputs, targets); });
  return verdict(flow);  // "layer 0: gradients vanish: they halve every 7.3 steps, ..."
}

TEST_CASE("a tanh network that has not learned is told to let gradients vanish", "[readme]") {
  const RnnCell<> cell({.inputs = 2, .hidden = 8}, Random(1));
  const auto words = what_becomes_of_gradients(cell, normal<float>(Random(2), {30, 2, 2}), Tensor<>({30, 2, 8}));
  CHECK_THAT(words, Catch::Contains("gradients vanish"));
}
