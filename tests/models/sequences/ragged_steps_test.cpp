#include "support/ops.hpp"
#include <unroll/models/sequences/ragged_steps.hpp>
#include <unroll/ops/arithmetic.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

using Numbers = std::vector<double>;

/// h' = 10 h + x: the digits of its state are the inputs that a sequence has seen, in their order.
struct Digits {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 1; }
  State step(Variable<double> x, const State& previous) const { return {previous.hidden * 10.0 + x}; }
  static void members(auto&, auto&&) {}
};

const std::vector<std::size_t> some_lengths{1, 3, 0, 2};

/// Sequences 1 (1 2 3), 3 (4 5) and 0 (6), as ragged rows: the longest first, step by step. Sequence 2 has no step.
Variable<double> rows_on(Tape<double>& tape) { return tape.input(Tensor<double>({6, 1}, {1, 4, 6, 2, 5, 3})); }

}  // namespace

TEST_CASE("sequences leave the state as they end, and join it at their last step on the way back", "[ragged]") {
  Tape<double> tape(GENERATE(Recording::gradients, Recording::values));
  const RaggedRows ragged = detail::make_ragged_rows(tape, {3, 4, 1}, some_lengths);
  const HiddenState<double> first{tape.constant(Tensor<double>({4, 1}, {7, 7, 7, 7}))};
  const auto rows = rows_on(tape);
  SECTION("forward") {
    const auto unrolled = detail::run_ragged_rows(Digits(), rows, first, {}, ragged, Direction::forward);
    CHECK(numbers_of(unrolled.outputs) == Numbers{71, 74, 76, 712, 745, 7123});
    CHECK(numbers_of(unrolled.state.hidden) == Numbers{7123, 745, 76, 7});
  }
  SECTION("backward") {
    const auto unrolled = detail::run_ragged_rows(Digits(), rows, first, {}, ragged, Direction::backward);
    CHECK(numbers_of(unrolled.outputs) == Numbers{7321, 754, 76, 732, 75, 73});
    CHECK(numbers_of(unrolled.state.hidden) == Numbers{7321, 754, 76, 7});
  }
}

TEST_CASE("gradients go back to every row and first state that a sequence has", "[ragged]") {
  Tape<double> tape;
  const RaggedRows ragged = detail::make_ragged_rows(tape, {3, 4, 1}, some_lengths);
  const HiddenState<double> first{tape.input(Tensor<double>({4, 1}))};
  const auto rows = rows_on(tape);
  const auto last = detail::run_ragged_rows(Digits(), rows, first, {}, ragged, Direction::forward).state.hidden;
  tape.backward({{last, Tensor<double>({4, 1}, {1, 1, 1, 1})}});
  CHECK(gradient_numbers_of(rows) == Numbers{100, 10, 1, 10, 1, 1});
  CHECK(gradient_numbers_of(first.hidden) == Numbers{1000, 100, 10, 1});
}
