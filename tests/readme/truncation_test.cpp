#include "support/catch.hpp"
#include <unroll/framework/optimizers/sgd.hpp>
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/training/truncated.hpp>
#include <unroll/ops/losses.hpp>

#include <utility>
#include <vector>

using namespace unroll;

// Pieces of 16 steps of one long sequence: inputs [16, N, D], targets [16, N, H].
void learn(GruCell<>& cell, const std::vector<Tensor<>>& inputs, const std::vector<Tensor<>>& targets, Sgd<>& sgd) {
  const auto parameters = parameters_of(cell);
  TruncatedBackpropagation<> truncated({.k1 = 16, .k2 = 64});  // after every 16 steps, back over 64
  for (std::size_t piece = 0; piece < inputs.size(); ++piece) {
    truncated.record(cell, inputs[piece].shape()[1], 16, [&](Tape<>& tape, const auto& state) {
      const auto [outputs, next] = run(cell, tape.constant(inputs[piece]), {.state = state});
      return std::pair{mean_squared_error(outputs, targets[piece]), next};
    });
    if (truncated.due()) truncated.backward(parameters), sgd.update(parameters);
  }
}

TEST_CASE("training in windows that overlap changes the weights after every piece", "[readme]") {
  GruCell<> cell({.inputs = 2, .hidden = 3}, Random(1));
  Sgd<> sgd({.learning_rate = 0.1});
  const Tensor<> inputs = normal<float>(Random(2), {16, 2, 2}), targets({16, 2, 3}, 1);
  float before = cell.weights.input_weight.value()[0];
  for (std::size_t pieces = 1; pieces <= 5; ++pieces) {
    learn(cell, std::vector(pieces, inputs), std::vector(pieces, targets), sgd);
    CHECK(cell.weights.input_weight.value()[0] != std::exchange(before, cell.weights.input_weight.value()[0]));
  }
}
