#include "support/catch.hpp"
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <cstddef>

using namespace unroll;

// A window [T, N, D] of rows in which documents stand behind one another: starts [T, N] is 1 where one begins, else 0.
Variable<> loss_of(const GruCell<>& cell, const Linear<>& output, CarriedState<>& memory, Variable<> inputs,
                   const Tensor<int>& targets, const Tensor<int>& starts) {
  const auto state = memory.resume(cell, inputs.tape(), inputs.shape()[1]);  // of the window before
  const auto [outputs, next] = run(cell, inputs, {.state = state, .starts = starts});
  memory.keep(next);
  return cross_entropy(output(outputs), targets);
}

TEST_CASE("a document that begins with a window does not see the windows before", "[readme]") {
  const GruCell<> cell({.inputs = 2, .hidden = 4}, Random(1));
  const Linear<> output({.inputs = 4, .outputs = 3}, Random(2));
  const Tensor<> inputs = normal<float>(Random(3), {4, 1, 2});
  const Tensor<int> targets({4, 1}, 1), begins({4, 1}, {1, 0, 0, 0}), goes_on({4, 1});
  Tape tape;
  CarriedState memory;
  const auto loss = [&](const Tensor<int>& starts) {
    return loss_of(cell, output, memory, tape.constant(inputs), targets, starts).item();
  };
  const float first = loss(begins);
  CHECK(loss(begins) == first);
  CHECK(loss(goes_on) != first);
}
