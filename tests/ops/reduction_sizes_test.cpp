#include "support/op_sizes.hpp"

using namespace unroll;
using namespace unroll::testing;

namespace {

std::vector<SizeUse> reductions() {
  const auto beside = [](Tape<>& tape, Size n) { return make(tape, n, 0); };
  return {
      op("sum", "......", always(), [=](auto& tape, Size n) { return sum(beside(tape, n)); }),
      op("sum of columns", "......", always(0), [=](auto& tape, Size n) { return sum(beside(tape, n), 0); }),
      op("sum of rows", "..mmxx", line, [=](auto& tape, Size n) { return sum(beside(tape, n), 1); }),
      op("sum of the middle", ".....x", beside_0, [](auto& tape, Size n) { return sum(make(tape, n, 3, 0), 1); }),
      op("sum, axis", "..xxx.", always(2), [](auto& tape, Size n) { return sum(make(tape, 2, 2), as_axis(n)); }),
      op("mean", "xxxxxx", always(), [=](auto& tape, Size n) { return mean(beside(tape, n)); }),
      op("mean of columns", "......", always(0), [=](auto& tape, Size n) { return mean(beside(tape, n), 0); }),
      op("mean of rows", ".xxxxx", line, [=](auto& tape, Size n) { return mean(beside(tape, n), 1); }),
      op("mean of the middle", ".....x", beside_0, [](auto& tape, Size n) { return mean(make(tape, n, 3, 0), 1); }),
      op("mean, axis", "..xxx.", always(2), [](auto& tape, Size n) { return mean(make(tape, 2, 2), as_axis(n)); }),
      op("max", "xxxxxx", always(), [=](auto& tape, Size n) { return max(beside(tape, n)); }),
      op("max of columns", "......", always(0), [=](auto& tape, Size n) { return max(beside(tape, n), 0); }),
      op("max of rows", ".xxxxx", line, [=](auto& tape, Size n) { return max(beside(tape, n), 1); }),
      op("max, axis", "..xxx.", always(2), [](auto& tape, Size n) { return max(make(tape, 2, 2), as_axis(n)); }),
      op("reduce", "......", always(),
         [=](auto& tape, Size n) { return reduce("f", beside(tape, n), Reduction::sum); }),
      op("reduce, steps", "x.....", always(),
         [=](auto& tape, Size n) { return reduce("f", make(tape, n, 0), Reduction::sum_per_step); }),
      op("softmax", "......", beside_0, [=](auto& tape, Size n) { return softmax(beside(tape, n)); }),
      op("softmax of columns", "......", beside_0, [=](auto& tape, Size n) { return softmax(beside(tape, n), 0); }),
      op("softmax, axis", "..xxx.", always(2, 2),
         [](auto& tape, Size n) { return softmax(make(tape, 2, 2), as_axis(n)); }),
      op("log_softmax", "......", beside_0, [=](auto& tape, Size n) { return log_softmax(beside(tape, n)); }),
      op("log_softmax of columns", "......", beside_0,
         [=](auto& tape, Size n) { return log_softmax(beside(tape, n), 0); }),
      op("log_softmax, axis", "..xxx.", always(2, 2),
         [](auto& tape, Size n) { return log_softmax(make(tape, 2, 2), as_axis(n)); }),
      op("logsumexp", "..mmxx", line, [=](auto& tape, Size n) { return logsumexp(beside(tape, n)); }),
      op("logsumexp of columns", "......", always(0),
         [=](auto& tape, Size n) { return logsumexp(beside(tape, n), 0); }),
      op("logsumexp, axis", "..xxx.", always(2),
         [](auto& tape, Size n) { return logsumexp(make(tape, 2, 2), as_axis(n)); }),
      op("layer_norm", "......", beside_0,
         [=](auto& tape, Size n) { return layer_norm(beside(tape, n), make(tape, 0), make(tape, 0)); }),
      op("add_bias", "......", beside_0, [=](auto& tape, Size n) { return add_bias(beside(tape, n), make(tape, 0)); }),
  };
}

}  // namespace

TEST_CASE("reductions refuse a size that was computed wrong, or answer rightly", "[sizes][error]") {
  expect_outcomes(reductions());
}
