#include "support/catch.hpp"
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/threads/gradient_sum.hpp>
#include <unroll/framework/threads/team.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/losses.hpp>

#include <array>
#include <cstddef>

using namespace unroll;

// Each thread has its part of the batch, [T, N, D] and [T, N, H], and a tape of its own.
void train_on_two(LstmCell<>& cell, const std::array<Tensor<>, 2>& inputs, const std::array<Tensor<>, 2>& targets) {
  const auto parameters = parameters_of(cell);
  Adam<> adam({.learning_rate = 1e-3});
  std::array<Tape<>, 2> tapes;
  Team team(2);
  team.run([&](std::size_t member) {
    tapes[member].clear();
    const auto outputs = run(cell, tapes[member].constant(inputs[member])).outputs;
    tapes[member].backward(mean_squared_error(outputs, targets[member], {.reduction = Reduction::sum}));
  });
  add_gradients(tapes, parameters, team);  // the same sum on every run
  adam.update(parameters, team);
}

TEST_CASE("two threads train one model, to the same weights each time", "[readme]") {
  const std::array<Tensor<>, 2> inputs{normal<float>(Random(1), {5, 2, 3}), normal<float>(Random(2), {5, 2, 3})};
  const std::array<Tensor<>, 2> targets{Tensor<>({5, 2, 4}, 1), Tensor<>({5, 2, 4}, -1)};
  const LstmCell<> start({.inputs = 3, .hidden = 4}, Random(3));
  LstmCell<> first = start, second = start;
  train_on_two(first, inputs, targets);
  train_on_two(second, inputs, targets);
  CHECK(first.weights.input_weight.value() == second.weights.input_weight.value());
  CHECK_FALSE(first.weights.input_weight.value() == start.weights.input_weight.value());
}
