#include "support/catch.hpp"
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops.hpp>

using namespace unroll;

struct SimpleCell {  // h' = tanh(W [x, h] + b)
  using State = HiddenState<>;
  Linear<> both{{.inputs = 2 + 8, .outputs = 8}, Random(1)};
  std::size_t hidden_size() const { return 8; }
  State step(Variable<> x, const State& previous) const { return {tanh(both(concat({x, previous.hidden}, -1)))}; }
  static void members(auto& self, auto&& visit) { visit("both", self.both); }
};

TEST_CASE("a cell of a user's own is run over sequences as step by step", "[readme]") {
  const SimpleCell cell;
  Tape tape;
  const auto inputs = tape.constant(normal<float>(Random(2), {5, 3, 2}));
  const auto outputs = run(cell, inputs).outputs;
  REQUIRE(outputs.shape() == Shape{5, 3, 8});
  HiddenState<> state = initial_state(cell, tape, 3);
  for (std::size_t t = 0; t < 5; ++t) {
    state = run_step(cell, at_step(inputs, t), state);
    for (std::size_t i = 0; i < 24; ++i) CHECK(state.hidden.value()[i] == Approx(outputs.value()[24 * t + i]));
  }
}
