#include "support/op_sizes.hpp"

#include <array>

using namespace unroll;
using namespace unroll::testing;

namespace {

std::vector<SizeUse> over_time() {
  const auto steps = [](Tape<>& tape, Size n) { return make(tape, n, 1, 0); };
  const auto one_step = [](Tape<>& tape) { return make(tape, 1, 1, 2); };
  const auto pair = always(1, 2);
  return {
      op("existing_steps", "......", beside_0, [=](auto& tape, Size n) { return existing_steps(steps(tape, n), {}); }),
      op("existing_steps, one of n", "x.xxxx", always(1, 0),
         [=](auto& tape, Size n) { return existing_steps(steps(tape, n), std::array{Size{1}}); }),
      op(
          "existing_steps, lengths", "..xxxx", [](Size n) { return shape(n, 2); },
          [=](auto& tape, Size n) { return existing_steps(one_step(tape), std::array{n}); }),
      op("padded_steps, steps", "x.xxxx", always(1, 1, 2),
         [](auto& tape, Size n) { return padded_steps(make(tape, 1, 2), n, 1, {}); }),
      op("padded_steps, batch", "x.xxxx", always(1, 1, 2),
         [](auto& tape, Size n) { return padded_steps(make(tape, 1, 2), 1, n, {}); }),
      op(
          "padded_steps of none, steps", ".....x", [](Size n) { return shape(n, 0, 2); },
          [](auto& tape, Size n) { return padded_steps(make(tape, 0, 2), n, 0, {}); }),
      op(
          "padded_steps of none, batch", ".....x", [](Size n) { return shape(0, n, 2); },
          [](auto& tape, Size n) { return padded_steps(make(tape, 0, 2), 0, n, {}); }),
      op("padded_steps, lengths", "x.xxxx", always(1, 1, 2),
         [](auto& tape, Size n) { return padded_steps(make(tape, 1, 2), 1, 1, std::array{n}); }),
      op("mean_over_time", "......", always(1, 0), [=](auto& tape, Size n) { return mean_over_time(steps(tape, n)); }),
      op("mean_over_time, batch", "..mmxx", beside_0,
         [](auto& tape, Size n) { return mean_over_time(make(tape, 0, n, 0)); }),
      op("mean_over_time, lengths", "..xxxx", pair,
         [=](auto& tape, Size n) { return mean_over_time(one_step(tape), std::array{n}); }),
      op("max_over_time", "......", always(1, 0), [=](auto& tape, Size n) { return max_over_time(steps(tape, n)); }),
      op("max_over_time, lengths", "..xxxx", pair,
         [=](auto& tape, Size n) { return max_over_time(one_step(tape), std::array{n}); }),
      op("last_over_time", "..xxxx", always(1, 0), [=](auto& tape, Size n) { return last_over_time(steps(tape, n)); }),
      op("last_over_time, lengths", "..xxxx", pair,
         [=](auto& tape, Size n) { return last_over_time(one_step(tape), std::array{n}); }),
      op("softmax_over_time", "......", beside_0,
         [](auto& tape, Size n) { return softmax_over_time(make(tape, n, 0)); }),
      op("softmax_over_time, batch", "..mmxx", before_0,
         [](auto& tape, Size n) { return softmax_over_time(make(tape, 0, n)); }),
      op("softmax_over_time, lengths", "..xxxx", always(1, 1),
         [](auto& tape, Size n) { return softmax_over_time(make(tape, 1, 1), std::array{n}); }),
      op("weighted_sum_over_time", "......", always(0, 0),
         [](auto& tape, Size n) { return weighted_sum_over_time(make(tape, n, 0, 0), make(tape, n, 0)); }),
      op("weighted_sum_over_time, lengths", "..xxxx", pair,
         [=](auto& tape, Size n) { return weighted_sum_over_time(one_step(tape), make(tape, 1, 1), std::array{n}); }),
  };
}

}  // namespace

TEST_CASE("ops over time refuse a size that was computed wrong, or answer rightly", "[sizes][error]") {
  expect_outcomes(over_time());
}
