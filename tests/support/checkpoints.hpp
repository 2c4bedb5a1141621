#pragma once

#include "support/catch.hpp"
#include <unroll/models.hpp>
#include <unroll/ops.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

/// Helpers for the tests of checkpoints.
namespace unroll_test {

using namespace unroll;

/// All numbers of a training step: outputs and last state, then the gradients of inputs, first state and parameters.
struct Seen {
  std::vector<Tensor<double>> numbers;
};

/// A case: the sizes of a run, and which of its inputs need a gradient.
struct Case {
  std::size_t steps = 23, batch = 2;
  bool inputs_need = true, state_needs = true;
  bool from_outputs = true, from_state = true;
  std::size_t gathered_rows = 512;
};

/// Runs `unroll_it(tape's inputs, state)` and sweeps Σ outputs · weights + Σ last state · weights.
template <class Model>
Seen run(Model& model, const Case& of, auto&& unroll_it) {
  Tape<double> tape;
  tape.set_gathered_rows(of.gathered_rows);
  const auto leaf = [&](bool needs, std::uint64_t seed, const Shape& shape) {
    const auto numbers = normal<double>(Random(seed), shape);
    return needs ? tape.input(numbers) : tape.constant(numbers);
  };
  const auto inputs = leaf(of.inputs_need, 50, {of.steps, of.batch, 3});
  auto state = initial_state(model, tape, of.batch);
  std::vector<Variable<double>> first{inputs};
  for_each_variable(state, [&](auto& variable) {
    first.push_back(variable = leaf(of.state_needs, 60 + first.size(), variable.shape()));
  });
  const auto unrolled = unroll_it(inputs, state);

  std::vector<Variable<double>> results{unrolled.outputs};
  for_each_variable(unrolled.state, [&](const auto& variable) { results.push_back(variable); });
  Seen seen;
  Variable<double> loss = tape.constant(Tensor<double>({}, 0.0));
  for (std::size_t i = 0; i < results.size(); ++i) {
    seen.numbers.emplace_back(results[i].value());
    if (i == 0 ? of.from_outputs : of.from_state)
      loss = loss + sum(results[i] * tape.constant(normal<double>(Random(80 + i), results[i].shape())));
  }
  tape.backward(loss);
  for (const auto& variable : first)
    if (variable.needs_gradient()) seen.numbers.emplace_back(variable.gradient());
  for (const auto& [name, parameter] : parameters_of<double>(model))
    if (const double* const gradient = tape.gradient_of(*parameter))
      seen.numbers.emplace_back(TensorView<const double>(gradient, parameter->shape()));
  return seen;
}

inline void check_near(const Seen& seen, const Seen& expected) {
  REQUIRE(seen.numbers.size() == expected.numbers.size());
  for (std::size_t i = 0; i < seen.numbers.size(); ++i) {
    REQUIRE(seen.numbers[i].shape() == expected.numbers[i].shape());
    double largest = 0, apart = 0;
    for (std::size_t j = 0; j < seen.numbers[i].size(); ++j) {
      largest = std::max(largest, std::abs(expected.numbers[i][j]));
      apart = std::max(apart, std::abs(seen.numbers[i][j] - expected.numbers[i][j]));
    }
    INFO("tensor " << i << " of shape " << to_string(seen.numbers[i].shape()));
    CHECK(apart <= 1e-12 * std::max(largest, 1.0));
  }
}

inline const std::vector<Checkpoints> schedules{{.steps = 5},
                                                {.steps = 1},
                                                {.states = 2, .steps = 3},
                                                {},
                                                {.schedule = Checkpoints::binomial, .states = 4},
                                                {.schedule = Checkpoints::binomial},
                                                {.schedule = Checkpoints::binomial, .states = 1},
                                                {.schedule = Checkpoints::binomial, .states = 2, .steps = 4}};

/// A cell without projection: h' = tanh(a x + b h), c' = c + h', and k' = k. Each parameter has one number for each
/// unit, and one of the three Variables of the state stays as it is. The cell counts its steps.
struct Counter {
  struct State {
    Variable<double> hidden, sum, kept;
  };
  Parameter<double> of_input{Tensor<double>({2, 3}, {0.5, 0.6, 0.7, 0.8, 0.9, 1.0})};
  Parameter<double> of_hidden{Tensor<double>({2, 3}, {0.5, -0.6, 0.7, -0.8, 0.9, -1.0})};
  std::size_t* steps;
  std::size_t hidden_size() const { return 3; }
  State step(Variable<double> x, const State& previous) const {
    ++*steps;
    auto& tape = x.tape();
    const auto hidden = tanh(tape.use(of_input) * x + tape.use(of_hidden) * previous.hidden);
    return {hidden, previous.sum + hidden * previous.kept, previous.kept};
  }
  static void members(auto& self, auto&& visit) {
    visit("of_input", self.of_input), visit("of_hidden", self.of_hidden);
  }
};

}  // namespace unroll_test
