#pragma once

#include "support/catch.hpp"
#include "support/ops.hpp"
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/training/rtrl.hpp>
#include <unroll/ops.hpp>

#include <cmath>
#include <vector>

/// Helpers for the tests of real-time recurrent learning: a stream, and its gradients by RTRL and by backpropagation.
namespace unroll_test {

using namespace unroll;

using Gradients = std::vector<Tensor<double>>;

/// Takes the gradients of all parameters; that of a parameter without a gradient is an empty tensor.
inline Gradients taken_gradients(const Parameters<double>& parameters) {
  Gradients all;
  for (const auto& [name, parameter] : parameters) {
    all.push_back(parameter->gradient());
    parameter->drop_gradient();
  }
  return all;
}

inline Tensor<double> stream_input(std::size_t width, std::size_t t) {
  return normal<double>(Random(100).split(t), {1, width});
}

/// Steps [first, first + count) of the stream, [T, 1, D].
inline Tensor<double> concatenated_inputs(std::size_t width, std::size_t first, std::size_t count) {
  Tensor<double> inputs({count, 1, width});
  for (std::size_t t = 0; t < count; ++t) {
    const auto row = stream_input(width, first + t);
    std::copy(row.begin(), row.end(), inputs.data() + t * width);
  }
  return inputs;
}

/// A loss at step t, another one at every step.
inline Variable<double> stream_loss(Variable<double> hidden, std::size_t t) {
  return sum(square(hidden - normal<double>(Random(200).split(t), hidden.shape())));
}

/// The sum of the gradients that the learner adds over the steps.
template <class Model>
Gradients online_gradients(Model& model, std::size_t width, std::size_t steps, const RtrlOptions& options = {}) {
  Rtrl learner(model, options);
  for (std::size_t t = 0; t < steps; ++t)
    learner.step(stream_input(width, t), [&](Variable<double> hidden) { return stream_loss(hidden, t); });
  return taken_gradients(Parameters<double>(model));
}

/// The same by backpropagation through all steps, for a model with the given parameters.
template <class Model>
Gradients offline_gradients(const Model& model, const Parameters<double>& parameters, std::size_t width,
                            std::size_t steps, const Noise& noise = {}) {
  Tape<double> tape;
  const auto inputs = concatenated_inputs(width, 0, steps);
  const auto outputs =
      unroll::run(model, tape.constant(inputs), {.state = initial_state(model, tape, 1), .noise = noise}).outputs;
  Variable<double> loss = stream_loss(at_step(outputs, 0), 0);
  for (std::size_t t = 1; t < steps; ++t) loss = loss + stream_loss(at_step(outputs, t), t);
  backward(loss, parameters);
  return taken_gradients(parameters);
}

/// The largest difference, divided by the largest number.
inline double relative_difference(const Gradients& found, const Gradients& expected) {
  REQUIRE(found.size() == expected.size());
  double difference = 0, largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    REQUIRE(found[i].shape() == expected[i].shape());
    for (std::size_t j = 0; j < found[i].size(); ++j) {
      difference = std::max(difference, std::abs(found[i][j] - expected[i][j]));
      largest = std::max(largest, std::abs(expected[i][j]));
    }
  }
  CHECK(largest > 1e-3);
  return difference / largest;
}

}  // namespace unroll_test
