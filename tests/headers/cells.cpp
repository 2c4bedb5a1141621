#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>

// One cell a case: what it lacks is named where it is run.
using namespace unroll;

struct Cell {
#if defined(WITH_A_COUNTER)
  struct State {
    Variable<> hidden;
    std::size_t steps;
  };
#elif defined(WITH_HIDDEN_SECOND)
  struct State {
    Variable<> cell, hidden;
  };
#elif !defined(WITHOUT_STATE)
  using State = HiddenState<>;
#endif
#if !defined(WITHOUT_HIDDEN_SIZE)
  std::size_t hidden_size() const { return 1; }
#endif
#if !defined(WITHOUT_STATE) && !defined(WITHOUT_STEP)
  State step(Variable<> input, const State& state) const {
    State next = state;
    next.hidden = tanh(input + state.hidden);
    return next;
  }
#endif
#if !defined(WITHOUT_MEMBERS)
  static void members(auto&, auto&&) {}
#endif
};

Variable<> outputs_of(Variable<> inputs) { return run(Cell(), inputs, {.first_step = 1}).outputs; }
