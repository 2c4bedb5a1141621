#pragma once

#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/framework/tensor/euclidean_norm.hpp>
#include <unroll/models/analysis/gates.hpp>
#include <unroll/models/analysis/path_jacobians.hpp>
#include <unroll/models/analysis/recurrence_bound.hpp>
#include <unroll/models/sequences/step_loop.hpp>
#include <unroll/models/sequences/whole_steps.hpp>

#include <span>
#include <string>
#include <vector>

/// What gradient_flow records of a layer and reads from the recording. It records a sequence step by step, as run does,
/// and keeps the gradient of every state.
namespace unroll::inline v0 {

/// One variable of a state through time.
struct StateNorms {
  std::string name;              ///< "hidden", "cell"; "state 2" for a Variable of another name
  std::vector<double> gradient;  ///< [T]: the Euclidean norm of ∂L/∂(this, after step t), over the whole batch
};

/// How far a gate is open, over all steps, sequences and units.
struct GateFractions {
  std::string name;  ///< "forget", for example
  double shut = 0 /**< fraction below 0.05 */, open = 0 /**< fraction above 0.95 */, mean = 0 /**< mean openness */;

  /// The fraction below 0.05 or above 0.95, where the gate's gradient is small.
  double saturated() const { return shut + open; }
};

/// Numbers too small for a normal float or double, in a pass that flushed none of them to zero.
struct DenormalCount {
  std::size_t values = 0 /**< in the states */, gradients = 0 /**< in the gradients of the loss by the states */;
  std::size_t numbers = 0;  ///< how many numbers the pass has seen of either kind

  /// The fraction of all numbers seen that are denormal; 0 when none was seen.
  double fraction() const {
    const double counted = static_cast<double>(values) + static_cast<double>(gradients);
    return numbers == 0 ? 0 : counted / (2 * static_cast<double>(numbers));
  }
};

namespace detail {

/// Adds the values of one gate to `counts`, whose fractions are counts and whose mean is a sum until divide_counts has
/// divided them.
template <class Scalar>
void count_gate(TensorView<const Scalar> openness, GateFractions& counts);
void divide_counts(GateFractions& counts, std::size_t numbers);
template <class Scalar>
std::size_t count_denormals(TensorView<const Scalar> numbers);

template <RecurrentCell Cell, class Scalar>
struct LayerRecording {
  Variable<Scalar> outputs;  ///< [T, N, H]
  std::vector<typename Cell::State> states;
  StatePath<Scalar> path;
};

template <class Scalar, class State>
std::vector<Tensor<Scalar>> numbers_of(const State& state) {
  std::vector<Tensor<Scalar>> numbers;
  for_each_variable(state, [&](const Variable<Scalar>& variable) { numbers.emplace_back(variable.value()); });
  return numbers;
}

/// Records a layer from its first state, and copies the values that later passes read, since a sweep may take their
/// memory.
template <RecurrentCell Cell, class Scalar>
LayerRecording<Cell, Scalar> record_layer(const Cell& cell, Variable<Scalar> inputs) {
  LayerRecording<Cell, Scalar> recording;
  recording.outputs = run_around(cell, SequenceBatch{inputs}, Noise(), [&](const SequenceBatch<Scalar>& seen) {
    const Variable<Scalar> projected = project_inputs(cell, seen.data);
    recording.path.projected = Tensor<Scalar>(projected.value());
    const auto first = initial_state(cell, inputs.tape(), inputs.shape()[1]);
    recording.path.states.push_back(numbers_of<Scalar>(first));
    WholeSteps steps(cell, projected, first, {}, Direction::forward, {});
    return record_steps(steps,
                        [&](const auto& state) {
                          for_each_variable(state, [](const Variable<Scalar>& variable) { variable.keep_gradient(); });
                          recording.states.push_back(state);
                          recording.path.states.push_back(numbers_of<Scalar>(state));
                        })
        .outputs;
  });
  return recording;
}

template <class State>
std::string variable_name(std::size_t index) {
  if (index == 0) return "hidden";
  if constexpr (requires(State state) { state.cell; })
    if (index == 1) return "cell";
  return "state " + std::to_string(index);
}

template <RecurrentCell Cell, class Scalar>
std::vector<StateNorms> state_norms(const LayerRecording<Cell, Scalar>& recording) {
  std::vector<StateNorms> norms;
  for (const auto& state : recording.states) {
    std::size_t index = 0;
    for_each_variable(state, [&](const Variable<Scalar>& variable) {
      if (index == norms.size()) norms.push_back({variable_name<typename Cell::State>(index), {}});
      norms[index++].gradient.push_back(
          variable.needs_gradient() ? euclidean_norm<Scalar>(variable.gradient().values()).value() : 0);
    });
  }
  return norms;
}

template <RecurrentCell Cell, class Scalar>
void count_denormals(const LayerRecording<Cell, Scalar>& recording, DenormalCount& count) {
  for (std::size_t t = 0; t < recording.states.size(); ++t) {
    for (const auto& values : recording.path.states[t + 1]) {
      count.values += count_denormals<Scalar>(values.view());
      count.numbers += values.size();
    }
    for_each_variable(recording.states[t], [&](const Variable<Scalar>& variable) {
      if (variable.needs_gradient()) count.gradients += count_denormals(variable.gradient());
    });
  }
}

/// The fractions of a cell's gates over a path; empty for a cell without a function `gates`.
template <RecurrentCell Cell, class Scalar>
std::vector<GateFractions> gate_fractions(const Cell& cell, const StatePath<Scalar>& path) {
  std::vector<GateFractions> fractions;
  Tape<Scalar> tape(Recording::values);
  std::size_t numbers = 0;
  for (std::size_t t = 0; t < path.steps(); ++t) {
    tape.clear();
    auto state = initial_state(cell, tape, path.batch());
    std::size_t index = 0;
    for_each_variable(state, [&](Variable<Scalar>& variable) { variable = tape.constant(path.states[t][index++]); });
    const Shape step = path.projected.shape().without(0);
    const auto projected = tape.constant({path.projected.data() + t * step.size(), step});
    if constexpr (requires { gates(cell, projected, state); }) {
      index = 0;
      for (const auto& [name, openness] : gates(cell, projected, state)) {
        if (index == fractions.size()) fractions.push_back({.name = name});
        count_gate(openness.value(), fractions[index]);
        if (index++ == 0) numbers += openness.shape().size();
      }
    }
  }
  for (GateFractions& gate : fractions) divide_counts(gate, numbers);
  return fractions;
}

template <class Scalar, class Model>
double parameter_gradient_norm(const Tape<Scalar>& tape, const Model& model) {
  const auto norm = scaled_norm<Scalar>([&](double unit) {
    double sum = 0;
    for_each_unnamed_parameter(model, [&](const Parameter<Scalar>& parameter) {
      if (const Scalar* const gradient = tape.gradient_of(parameter))
        sum += sum_of_squares(std::span(gradient, parameter.value().size()), unit);
    });
    return sum;
  });
  return norm.value();
}

}  // namespace detail
}  // namespace unroll::inline v0
