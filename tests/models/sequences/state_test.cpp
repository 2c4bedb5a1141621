#include "support/catch.hpp"
#include <unroll/models.hpp>

using namespace unroll;

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
