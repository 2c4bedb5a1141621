#pragma once

#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/sequences/layers.hpp>
#include <unroll/models/sequences/run.hpp>

/// Helpers for the tests of cells.
namespace unroll_test {

using namespace unroll;

/// The outputs and last states of a stack, for check_gradients.
template <class Cell>
std::vector<Variable<double>> everything(const Layers<Cell>& layers, Variable<double> inputs,
                                         const typename Layers<Cell>::State& state) {
  auto unrolled = unroll::run(layers, inputs, {.state = state});
  std::vector<Variable<double>> outputs{unrolled.outputs};
  for_each_variable(unrolled.state, [&](auto& variable) { outputs.push_back(variable); });
  return outputs;
}

/// Checks outputs and last states of a stack of cells against central differences: the inputs, every Variable of the
/// first state, and every parameter.
template <class Cell>
GradientReport check_stack(Layers<Cell> layers, std::size_t steps, std::size_t batch, std::size_t inputs) {
  std::vector<Tensor<double>> numbers{normal<double>(Random(100), {steps, batch, inputs})};
  Tape<double> tape;
  auto zero = initial_state(layers, tape, batch);
  for_each_variable(
      zero, [&](auto& variable) { numbers.push_back(normal<double>(Random(100 + numbers.size()), variable.shape())); });
  return check_gradients(
      [&](Tape<double>& recording, std::span<const Variable<double>> in) {
        auto state = initial_state(layers, recording, batch);
        std::size_t next = 1;
        for_each_variable(state, [&](auto& variable) { variable = in[next++]; });
        return everything(layers, in[0], state);
      },
      numbers, parameters_of<double>(layers));
}

/// Row `row` of [rows, columns] times a vector.
inline double row_product(const Tensor<double>& matrix, std::size_t row, const double* vector) {
  double sum = 0;
  for (std::size_t i = 0; i < matrix.shape()[1]; ++i) sum += matrix.at({row, i}) * vector[i];
  return sum;
}

}  // namespace unroll_test
