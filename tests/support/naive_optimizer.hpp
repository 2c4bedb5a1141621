#pragma once

#include "support/catch.hpp"
#include "support/small_model.hpp"

#include <vector>

namespace unroll::testing {

/// Compares an optimizer with `naive`, a function (value, gradient) -> next value for one number, which keeps its own
/// state: eight steps, each with other gradients, over tensors longer than a register and with a remainder.
template <class Scalar>
void check_against_naive(auto optimizer, const auto& naive) {
  SmallModel<Scalar> model({5, 17}, {3});
  const Parameters<Scalar> parameters(model);
  std::vector<double> values;
  for (const auto& [name, parameter] : parameters)
    for (const Scalar number : parameter->value()) values.push_back(static_cast<double>(number));
  std::vector functions(values.size(), naive);

  for (std::uint64_t step = 0; step < 8; ++step) {
    std::size_t i = 0;
    for (const auto& [name, parameter] : parameters) {
      const auto gradient = normal<Scalar>(Random(11).split(step).split(i), parameter->shape());
      set_gradient(*parameter, gradient);
      for (const Scalar number : gradient) {
        values[i] = functions[i](values[i], static_cast<double>(number));
        ++i;
      }
    }
    optimizer.update(parameters);
    i = 0;
    for (const auto& [name, parameter] : parameters)
      for (std::size_t k = 0; k < parameter->value().size(); ++k, ++i) {
        INFO(name << " " << k << " after step " << step + 1);
        CHECK(static_cast<double>(parameter->value()[k])
              == Approx(values[i]).epsilon(0).margin(sizeof(Scalar) == 8 ? 1e-13 : 3e-6));
        CHECK(parameter->gradient()[k] == 0);
      }
  }
}

/// The one number of a model after steps with these gradients, from 1.
double after_steps(auto optimizer, const std::vector<double>& gradients) {
  SmallModel<double> model({1}, {0});
  model.weight.mutable_value()[0] = 1;
  const Parameters<double> parameters(model);
  for (const double gradient : gradients) {
    set_gradient(model.weight, Tensor<double>({1}, gradient));
    optimizer.update(parameters);
  }
  return model.weight.value()[0];
}

/// The distance from the minimum of Σ curvature (x - target)² / 2, with curvatures from 1 to 10, after 500 steps.
double distance_on_a_quadratic(auto optimizer) {
  SmallModel<double> model({4}, {0});
  const Parameters<double> parameters(model);
  const Tensor<double> target({4}, {1, -2, 0.5, 3}), curvature({4}, {1, 2, 5, 10});
  const auto& x = model.weight.value();
  for (int step = 0; step < 500; ++step) {
    Tensor<double> gradient(x.shape());
    for (std::size_t i = 0; i < 4; ++i) gradient[i] = curvature[i] * (x[i] - target[i]);
    set_gradient(model.weight, gradient);
    optimizer.update(parameters);
  }
  double distance = 0;
  for (std::size_t i = 0; i < 4; ++i) distance = std::max(distance, std::abs(x[i] - target[i]));
  return distance;
}

}  // namespace unroll::testing
