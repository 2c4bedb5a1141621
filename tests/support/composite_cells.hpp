#pragma once

#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/arithmetic.hpp>

#include <cstddef>
#include <span>

/// Cells of width 3 with composite states: code that needs another state must ask the cell for it.
namespace unroll::testing {

struct TwoParts {
  Variable<double> hidden, other;
};

/// Two cells, one upon the other, whose state is a span in the tape's memory.
template <class Inner>
struct InParts {
  struct State {
    Variable<double> hidden;
    std::span<TwoParts> parts;
    static void visit_variables(auto& self, auto&& visit) {
      visit(self.hidden);
      for (auto& part : self.parts) visit(part.hidden), visit(part.other);
    }
  };
  std::size_t hidden_size() const { return 3; }
  State initial_state(Tape<double>& tape, std::size_t batch) const {
    const auto parts = tape.scratch<TwoParts>(2);
    for (auto& part : parts) part = {tape.zeros({batch, 3}), tape.zeros({batch, 3})};
    return {tape.zeros({batch, 3}), parts};
  }
  State step(Variable<double> input, const State& previous) const {
    const auto parts = input.tape().scratch<TwoParts>(2);
    parts[0] = Inner().step(input, previous.parts[0]);
    parts[1] = Inner().step(parts[0].hidden * 0.5 + input, previous.parts[1]);
    return {parts[1].hidden, parts};
  }
  static void members(auto&, auto&&) {}
};

}  // namespace unroll::testing
