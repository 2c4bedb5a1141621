#include "support/catch.hpp"
#include <unroll/framework/error.hpp>
#include <unroll/models/models.hpp>

using namespace unroll;
using Catch::Matchers::Contains;

namespace {
struct Three {
  Variable<> a, b, c;
};
struct OwnStart {
  struct State {
    Variable<> hidden;
  };
  State initial_state(Tape<>& tape, std::size_t batch) const { return {tape.constant(Tensor<>({batch, 2}, 7.0f))}; }
  static void members(auto&, auto&&) {}
};
}  // namespace

TEST_CASE("the Variables of any plain state are visited in order", "[state]") {
  Tape tape;
  Three state{tape.zeros({1}), tape.zeros({2}), tape.zeros({3})};
  std::size_t expected = 1;
  for_each_variable(state, [&](auto& variable) { CHECK(variable.shape() == Shape{expected++}); });
  CHECK(expected == 4);
}

TEST_CASE("a state starts at zero, or where its cell says", "[state]") {
  Tape tape;
  const auto lstm = initial_state(LstmCell<>({.inputs = 1, .hidden = 3}, Random(1)), tape, 2);
  CHECK(Tensor<>(lstm.cell.value()) == Tensor<>({2, 3}));
  CHECK(Tensor<>(initial_state(OwnStart{}, tape, 1).hidden.value()) == Tensor<>({1, 2}, 7.0f));
}

TEST_CASE("a carried state is numbers: no gradient flows through it", "[state]") {
  LstmCell<> cell({.inputs = 1, .hidden = 3}, Random(1));
  Tape tape;
  CarriedState memory;
  memory.keep(unroll::run(cell, tape.constant(Tensor<>({2, 1, 1}, 1.0f))).state);
  tape.clear();
  const auto state = memory.resume(cell, tape, 1);
  CHECK_FALSE(state.hidden.needs_gradient());
  CHECK_FALSE(state.cell.needs_gradient());
  CHECK(memory.values().size() == 2);
}

TEST_CASE("a carried state is refused by another batch or width, and can be reset", "[state][error]") {
  const LstmCell<> cell({.inputs = 1, .hidden = 3}, Random(1)), wider({.inputs = 1, .hidden = 4}, Random(1));
  Tape tape;
  CarriedState memory;
  memory.keep(initial_state(cell, tape, 2));
  CHECK_THROWS_WITH(memory.resume(cell, tape, 5), Contains("resume") && Contains("[5, 3]") && Contains("[2, 3]"));
  CHECK_THROWS_WITH(memory.resume(wider, tape, 2), Contains("[2, 4]") && Contains("[2, 3]"));
  const GruCell<> gru({.inputs = 1, .hidden = 3}, Random(1));
  CHECK_THROWS_WITH(memory.resume(gru, tape, 2), Contains("2 tensors, this model's has 1"));
  memory.reset();
  CHECK(memory.resume(cell, tape, 5).hidden.shape() == Shape{5, 3});
}

TEST_CASE("a state that is not finite is not carried on, and the one before it is", "[state][error]") {
  const LstmCell<> cell({.inputs = 1, .hidden = 3}, Random(1));
  Tape tape;
  CarriedState memory;
  const auto window = [&](float number) {
    return unroll::run(cell, tape.constant(Tensor<>({2, 1, 1}, number)), {.state = memory.resume(cell, tape, 1)}).state;
  };
  memory.keep(window(1));
  const auto before = memory.values();
  CHECK_THROWS_AS(memory.keep(window(std::numeric_limits<float>::quiet_NaN())), NumericalError);
  CHECK_THROWS_WITH(memory.keep(window(std::numeric_limits<float>::quiet_NaN())),
                    Contains("keep: tensor 0 of the state is nan at [0, 0]") && Contains("among this window's inputs"));
  CHECK(memory.values() == before);
  CHECK_NOTHROW(memory.keep(window(2)));
}
