#include "support/ops.hpp"
#include <unroll/models/sequences/step_loop.hpp>
#include <unroll/models/sequences/whole_steps.hpp>
#include <unroll/ops/arithmetic.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

using Numbers = std::vector<double>;

/// h' = 10 h + x, and notes the time of each step that it takes.
struct Noting {
  using State = HiddenState<double>;
  std::vector<std::size_t>* times;
  std::size_t hidden_size() const { return 1; }
  State step(Variable<double> x, const State& previous, const StepContext& context) const {
    times->push_back(context.step);
    return {previous.hidden * 10.0 + x};
  }
  static void members(auto&, auto&&) {}
};

}  // namespace

TEST_CASE("whole steps go through time in their direction, and tell each step its time", "[run]") {
  const auto direction = GENERATE(Direction::forward, Direction::backward);
  Tape<double> tape;
  std::vector<std::size_t> times;
  const Noting cell{&times};
  const auto inputs = tape.constant(Tensor<double>({3, 2, 1}, {1, 4, 2, 5, 3, 6}));
  const HiddenState<double> first{tape.constant(Tensor<double>({2, 1}, {7, 8}))};
  detail::WholeSteps steps(cell, inputs, first, StepContext{.step = 5}, direction, Starts{});
  CHECK(steps.count() == 3);
  CHECK(numbers_of(steps.first_state().hidden) == Numbers{7, 8});
  auto state = steps.first_state();
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < steps.count(); ++i) {
    order.push_back(steps.at(i));
    state = steps.take(steps.at(i), steps.enter(steps.at(i), state));
  }
  if (direction == Direction::forward) {
    CHECK(order == std::vector<std::size_t>{0, 1, 2});
    CHECK(times == std::vector<std::size_t>{5, 6, 7});
    CHECK(numbers_of(steps.last(state).hidden) == Numbers{7123, 8456});
  } else {
    CHECK(order == std::vector<std::size_t>{2, 1, 0});
    CHECK(times == std::vector<std::size_t>{7, 6, 5});
    CHECK(numbers_of(steps.last(state).hidden) == Numbers{7321, 8654});
  }
}

TEST_CASE("of no sequences one step tells all, whatever the steps", "[run]") {
  Tape<double> tape(Recording::values);
  std::vector<std::size_t> times;
  const Noting cell{&times};
  const HiddenState<double> first{tape.zeros({0, 1})};
  detail::WholeSteps steps(cell, tape.zeros({1000, 0, 1}), first, {}, Direction::forward, Starts{});
  CHECK(steps.count() == 1000);
  CHECK(steps.telling_count() == 1);
  const auto unrolled = detail::run_steps(steps);
  CHECK(unrolled.outputs.shape() == Shape{1000, 0, 1});
  CHECK(times.size() == 1);
}
