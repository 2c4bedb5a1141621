#include "support/catch.hpp"
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <cstddef>
#include <vector>

using namespace unroll;

// Sequence n is the first lengths[n] steps of inputs[:, n]: inputs [T, N, D], targets [T, N].
Variable<> loss_of(const LstmCell<>& cell, const Linear<>& output, Variable<> inputs, const Tensor<int>& targets,
                   const std::vector<std::size_t>& lengths) {
  const auto outputs = run(cell, inputs, {.lengths = lengths}).outputs;
  return cross_entropy(output(outputs), targets, {.lengths = lengths});
}

TEST_CASE("what lies beyond the end of a sequence does not change the loss of a ragged batch", "[readme]") {
  const LstmCell<> cell({.inputs = 2, .hidden = 4}, Random(1));
  const Linear<> output({.inputs = 4, .outputs = 3}, Random(2));
  Tensor<> inputs = normal<float>(Random(3), {4, 2, 2});
  const Tensor<int> targets({4, 2}, 1);
  Tape tape;
  const float before = loss_of(cell, output, tape.constant(inputs), targets, {4, 2}).item();
  for (std::size_t t = 2; t < 4; ++t) inputs.at({t, 1, 0}) = 1000;
  CHECK(loss_of(cell, output, tape.constant(inputs), targets, {4, 2}).item() == before);
  CHECK(loss_of(cell, output, tape.constant(inputs), targets, {4, 4}).item() != before);
}
