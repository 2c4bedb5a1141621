// A modifier of your own: leaky integration (Jaeger et al. 2007, "Optimization and applications of echo state networks
// with leaky-integrator neurons"), around any cell, here an LSTM and a GRU that another modifier has changed. Expect
// two gradient checks that pass.
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/models.hpp>
#include <unroll/ops.hpp>

#include <iostream>

using namespace unroll;

/// h' = (1 - rate) h + rate ĥ, with ĥ what the inner cell makes of h.
template <RecurrentCell Cell>
struct Leaky {
  using State = typename Cell::State;
  Cell inner;
  double rate = 0.5;
  std::size_t hidden_size() const { return inner.hidden_size(); }
  template <class Scalar>
  State step(Variable<Scalar> x, const State& previous, Variable<Scalar> recurrent, const StepContext& context) const {
    State next = take_step(inner, x, previous, recurrent, context);
    next.hidden = previous.hidden + (next.hidden - previous.hidden) * Scalar(rate);
    return next;
  }
  static void members(auto& self, auto&& visit) { Cell::members(self.inner, visit); }
};

/// Every gradient of two layers of a cell over four steps, in training, by the tape and by central differences.
template <RecurrentCell Cell>
bool check(const Cell& cell) {
  Layers<Cell> layers({cell, cell});
  const auto report = check_gradients(layers, [](auto& tape, const auto& stack) {
    const auto inputs = tape.constant(normal<double>(Random(2), {4, 2, 3}));
    return run(stack, inputs, {.noise = Random(3)}).outputs;
  });
  std::cout << report << '\n';
  return report.passed();
}

int main() {
  const LstmCell<double> lstm({.inputs = 3, .hidden = 3}, Random(1));
  const GruCell<double> gru({.inputs = 3, .hidden = 3}, Random(1));
  const bool alone = check(Leaky<LstmCell<double>>{lstm});
  const bool among_others = check(VariationalDropout(Leaky<Zoneout<GruCell<double>>>{Zoneout(gru), 0.3}));
  return alone && among_others ? 0 : 1;
}
