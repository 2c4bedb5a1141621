#pragma once

#include "support/catch.hpp"
#include "support/models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/modifiers/modifiers.hpp>
#include <unroll/models/sequences/run.hpp>

#include <cmath>
#include <string>

/// Helpers for the tests of modifiers, and of the cells that are variants of others.
namespace unroll_test {

/// The outputs and the last state of a cell for a sequence.
template <class Cell, class Scalar>
std::vector<Variable<Scalar>> all_of(const Unrolled<Scalar, typename Cell::State>& unrolled) {
  std::vector<Variable<Scalar>> results{unrolled.outputs};
  for_each_variable(unrolled.state, [&](const auto& variable) { results.push_back(variable); });
  return results;
}

/// A cell's first state with random numbers in it.
template <class Cell>
std::vector<Tensor<double>> random_state(const Cell& cell, std::size_t batch) {
  std::vector<Tensor<double>> numbers;
  Tape<double> tape;
  const auto zeros = initial_state(cell, tape, batch);
  for_each_variable(zeros, [&](const auto& variable) {
    numbers.push_back(normal<double>(Random(200 + numbers.size()), variable.shape()));
  });
  return numbers;
}

/// The state of a cell with these Variables, the first of which is at `first`.
template <class Cell, class List>
typename Cell::State state_with(const Cell& cell, Tape<double>& tape, std::size_t batch, const List& list,
                                std::size_t first = 0) {
  auto state = initial_state(cell, tape, batch);
  for_each_variable(state, [&](auto& variable) { variable = list[first++]; });
  return state;
}

/// Checks the gradients of outputs and last state by every number of inputs [3, 2, D], first state and parameters
/// against central differences.
template <class Cell>
GradientReport check_cell(Cell cell, std::size_t inputs, const Noise& noise = {}) {
  std::vector<Tensor<double>> numbers{normal<double>(Random(100), {3, 2, inputs})};
  for (auto& tensor : random_state(cell, 2)) numbers.push_back(std::move(tensor));
  return check_gradients(
      [&](Tape<double>& tape, std::span<const Variable<double>> in) {
        return all_of<Cell>(unroll::run(cell, in[0], {.state = state_with(cell, tape, 2, in, 1), .noise = noise}));
      },
      numbers, parameters_of<double>(cell));
}

/// The numbers of outputs and last state for a random sequence [T, 3, D] from a random state.
template <class Cell>
std::vector<std::vector<double>> run_cell(const Cell& cell, std::size_t steps, std::size_t inputs,
                                          const Noise& noise = {}) {
  Tape<double> tape;
  std::vector<Variable<double>> first;
  for (const auto& numbers : random_state(cell, 3)) first.push_back(tape.constant(numbers));
  std::vector<std::vector<double>> found;
  for (const auto& result :
       all_of<Cell>(unroll::run(cell, tape.constant(normal<double>(Random(100), {steps, 3, inputs})),
                                {.state = state_with(cell, tape, 3, first), .noise = noise}))) {
    const auto view = result.value();
    found.emplace_back(view.begin(), view.end());
  }
  return found;
}

template <class M>
std::vector<std::string> names_of(M& module) {
  std::vector<std::string> names;
  for (const auto& [name, parameter] : parameters_of<double>(module)) names.push_back(name);
  return names;
}

inline const std::vector<std::string> bare_names{"input_weight", "hidden_weight", "input_bias", "hidden_bias"};

/// y = W x (+ b), row by row.
inline std::vector<double> affine(const Tensor<double>& weight, const double* x, const Tensor<double>* bias = nullptr) {
  std::vector<double> y(weight.shape()[0]);
  for (std::size_t row = 0; row < y.size(); ++row)
    y[row] = row_product(weight, row, x) + (bias != nullptr ? (*bias)[row] : 0);
  return y;
}
inline double logistic(double a) { return 1 / (1 + std::exp(-a)); }

/// gain ∘ (z - μ) / √(σ² + ε) + bias
inline std::vector<double> normalized(const std::vector<double>& z, const LayerNorm<double>& norm) {
  double mean = 0, variance = 0;
  for (const double a : z) mean += a / static_cast<double>(z.size());
  for (const double a : z) variance += (a - mean) * (a - mean) / static_cast<double>(z.size());
  std::vector<double> y(z.size());
  for (std::size_t i = 0; i < z.size(); ++i)
    y[i] = norm.weight.value()[i] * (z[i] - mean) / std::sqrt(variance + 1e-5) + norm.bias.value()[i];
  return y;
}

}  // namespace unroll_test
